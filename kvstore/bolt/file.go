package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// patience is how long Open waits for another process to let go of the file: a
// restart overlaps, a running agent stays.
const patience = 800 * time.Millisecond

// The buckets of the file.
var (
	keysBucket      = []byte("keys")      // key → record; its sequence numbers the commits
	ephemeralBucket = []byte("ephemeral") // the keys that go with the session
	formatBucket    = []byte("vlcp")      // formatKey → format
	formatKey       = []byte("format")
)

// format is the version of this layout.
const format = "1"

// Option is a choice of [Open].
type Option func(*options)

type options struct{ socket string }

// Socket names the socket on which this process answers while it has the file
// open. Whoever else tries to open the file is told.
func Socket(path string) Option {
	return func(o *options) { o.socket = path }
}

// openFile opens the file, looks it over and prepares it for a new session.
func openFile(path string, opts []Option) (*bbolt.DB, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	db, err := openDB(path)
	if err != nil {
		return nil, openError(path, err)
	}
	if err := prepare(db, path, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openDB opens the file, and lets go of it also where bbolt panics over it.
func openDB(path string) (db *bbolt.DB, err error) {
	var file *os.File
	opt := &bbolt.Options{
		Timeout:      patience,
		FreelistType: bbolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		},
	}
	err = guarded(func() (err error) {
		db, err = bbolt.Open(path, 0o600, opt)
		return err
	})
	if err != nil && file != nil {
		_ = file.Close() // bbolt has closed it, unless it panicked
	}
	return db, err
}

func openError(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("%w: %s", ErrInUse, owner(path))
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

func prepare(db *bbolt.DB, path string, o options) error {
	if err := inspect(db); err != nil {
		return err
	}
	if err := guarded(func() error { return db.Update(layOut) }); err != nil {
		return err
	}
	return writeOwner(path, o)
}

// layOut makes the buckets and ends the session before this one.
func layOut(tx *bbolt.Tx) error {
	if err := checkFormat(tx); err != nil {
		return err
	}
	for _, name := range [][]byte{keysBucket, ephemeralBucket, formatBucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	if err := tx.Bucket(formatBucket).Put(formatKey, []byte(format)); err != nil {
		return err
	}
	return dropEphemeral(tx)
}

// checkFormat refuses a file that something else wrote.
func checkFormat(tx *bbolt.Tx) error {
	if first, _ := tx.Cursor().First(); first == nil {
		return nil
	}
	b := tx.Bucket(formatBucket)
	if b == nil {
		return fmt.Errorf("%w: another program wrote it", ErrDamaged)
	}
	if found := string(b.Get(formatKey)); found != format {
		return fmt.Errorf("the file has format %q, this vlcp knows format %s: use the vlcp that wrote it", found, format)
	}
	return nil
}

// mark enters a key among the ephemeral ones, or takes it off them.
func mark(tx *bbolt.Tx, key []byte, ephemeral bool) error {
	b := tx.Bucket(ephemeralBucket)
	if ephemeral {
		return b.Put(key, nil)
	}
	return b.Delete(key)
}

// dropEphemeral deletes the keys that go with the session.
func dropEphemeral(tx *bbolt.Tx) error {
	keys := tx.Bucket(keysBucket)
	err := tx.Bucket(ephemeralBucket).ForEach(func(key, _ []byte) error { return keys.Delete(key) })
	if err != nil {
		return err
	}
	if err := tx.DeleteBucket(ephemeralBucket); err != nil {
		return err
	}
	_, err = tx.CreateBucket(ephemeralBucket)
	return err
}

// closeFile ends the session. Where the ephemeral keys can't be deleted now, the
// next Open does it.
func closeFile(db *bbolt.DB) error {
	err := guarded(func() error { return db.Update(dropEphemeral) })
	return errors.Join(err, removeOwner(db.Path()), db.Close())
}
