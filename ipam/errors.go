package ipam

import (
	"errors"
	"fmt"
)

// The errors, to be matched with errors.Is; an [Error] around them says what
// to do.
var (
	ErrNotFound  = errors.New("no such address pool")
	ErrTaken     = errors.New("address already in use")
	ErrOutside   = errors.New("address outside the subnet")
	ErrExhausted = errors.New("nothing is free")
	ErrUnbound   = errors.New("the address pool belongs to no vlcp network")
	ErrBound     = errors.New("the address pool belongs to another network")
	ErrInvalid   = errors.New("invalid request")
)

// Error tells what was refused, and why. A sentinel of this package, or the
// error of the store, is in its chain.
type Error struct {
	Op  string // "request address", "bind pool", …
	ID  string // the address, prefix or pool; "" where there is none yet
	Err error
}

// Error reads as a sentence.
func (e *Error) Error() string {
	if e.ID == "" {
		return e.Op + ": " + e.Err.Error()
	}
	return e.Op + " " + e.ID + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// opError says what failed, unless err says so already.
func opError(op, id string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &Error{Op: op, ID: id, Err: err}
}

func invalidf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}
