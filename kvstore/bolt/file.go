package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

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

// openFile opens the file and prepares it for a new session.
func openFile(path string, opts []Option) (*bbolt.DB, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	var file *os.File
	open := func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		file, err = openLocked(name, flag, mode)
		return file, err
	}
	var db *bbolt.DB
	err := guarded(func() (err error) {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{OpenFile: open, FreelistType: bbolt.FreelistMapType})
		return err
	})
	if err != nil {
		unlock(file)
		return nil, err
	}
	if err := prepare(db, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// openLocked opens the file, waits until it is free and looks it over.
func openLocked(name string, flag int, mode os.FileMode) (*os.File, error) {
	file, err := os.OpenFile(name, flag, mode)
	if err != nil {
		return nil, err
	}
	err = lock(file)
	if err == nil {
		err = inspect(file)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func prepare(db *bbolt.DB, o options) error {
	if err := guarded(func() error { return db.Update(layOut) }); err != nil {
		return err
	}
	return writeOwner(db.Path(), o)
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
