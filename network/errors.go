package network

import (
	"errors"
	"fmt"
)

// The errors of a Model, to be matched with errors.Is; an [Error] around them
// says what to do.
var (
	ErrNotFound  = errors.New("not found")
	ErrExists    = errors.New("already exists")
	ErrInUse     = errors.New("in use")
	ErrInvalid   = errors.New("invalid")
	ErrExhausted = errors.New("nothing is free")
	ErrDeleting  = errors.New("being deleted")
)

// Error tells which object a change was refused for, and why. A sentinel of
// this package, or the error of the store, is in its chain.
type Error struct {
	Op  string // "create logical network", "delete port", …
	ID  string // of the object; "" where it has none yet
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

// fault is a sentinel in words of its own.
type fault struct {
	kind error
	text string
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.kind }

func faultf(kind error, format string, args ...any) error {
	return &fault{kind: kind, text: fmt.Sprintf(format, args...)}
}

func invalidf(format string, args ...any) error {
	return faultf(ErrInvalid, format, args...)
}
