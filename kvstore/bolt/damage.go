package bolt

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// ErrDamaged is the answer for a file that can't be read as a store.
var ErrDamaged = errors.New("the file is damaged or is not a store: put a copy of it back, or move it away to begin with an empty one")

// guarded runs fn, and makes an error of what bbolt does about a damaged file:
// it panics, or reads outside of what is mapped.
func guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return fn()
}

// inspect reads the whole file once, so that damage shows when it is opened.
func inspect(db *bbolt.DB) error {
	info, err := os.Stat(db.Path())
	if err != nil {
		return err
	}
	return guarded(func() error {
		return db.View(func(tx *bbolt.Tx) error {
			if tx.Size() > info.Size() {
				return fmt.Errorf("%w: of %d bytes %d are left", ErrDamaged, tx.Size(), info.Size())
			}
			return tx.ForEach(readAll)
		})
	})
}

func readAll(_ []byte, b *bbolt.Bucket) error {
	if b == nil {
		return fmt.Errorf("%w: a value among the buckets", ErrDamaged)
	}
	return b.ForEach(func(_, _ []byte) error { return nil })
}
