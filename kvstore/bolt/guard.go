package bolt

import (
	"errors"
	"fmt"
	"runtime/debug"
)

// ErrDamaged is the answer for a file that can't be read as a store.
var ErrDamaged = errors.New("the file is damaged or is not a store: put a copy of it back, or move it away to begin with an empty one")

// guarded runs fn on the file, and makes an error of what happens when the disk
// fails under it: the file is mapped into memory, so that a page that can't be
// read is a fault, and bbolt panics over what it does not understand.
func guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return fn()
}
