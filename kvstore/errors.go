package kvstore

import "errors"

// The errors of a Store, to be matched with errors.Is.
var (
	ErrConflict    = errors.New("the store changed in between")
	ErrUnknown     = errors.New("the connection to the store was lost before its answer; the change may or may not be made")
	ErrTooLarge    = errors.New("too large for one transaction of the store")
	ErrInvalid     = errors.New("malformed request to the store")
	ErrClosed      = errors.New("the store is closed")
	ErrUnavailable = errors.New("the store can't be reached")
)

// ErrExists is the answer of [Tx.Create] for a key that exists.
var ErrExists = errors.New("the key exists in the store")

// Error tells what a store was doing when it failed. The sentinel and the
// back-end's own error are in its chain.
type Error struct {
	Op  string // "get", "list", "commit", "watch", "update", "open", …
	Key string // the key, prefix or address concerned; "" where it is none in particular
	Err error
}

// Error reads as a sentence: store commit net/1: the store changed in between.
func (e *Error) Error() string {
	if e.Key == "" {
		return "store " + e.Op + ": " + e.Err.Error()
	}
	return "store " + e.Op + " " + e.Key + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
