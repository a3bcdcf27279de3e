package network

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
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

// errLeftover is ErrDeleting of the very object that is to be created.
var errLeftover = fmt.Errorf("%w, itself", ErrDeleting)

// Error tells which object a change was refused for, and why. A sentinel of
// this package, or the error of the store, is in its chain.
type Error struct {
	Op  string // "create logical network", "delete logical port", …
	ID  string // of the object; "" where it is about none in particular
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

// fault is a sentinel in words of its own, and what caused it, if anything did.
type fault struct {
	kind  error
	text  string
	cause error
}

func (f *fault) Error() string { return f.text }

func (f *fault) Unwrap() []error {
	if f.cause == nil {
		return []error{f.kind}
	}
	return []error{f.kind, f.cause}
}

func faultf(kind error, format string, args ...any) error {
	return &fault{kind: kind, text: fmt.Sprintf(format, args...)}
}

func because(kind, cause error, format string, args ...any) error {
	return &fault{kind: kind, text: fmt.Sprintf(format, args...), cause: cause}
}

func invalidf(format string, args ...any) error {
	return faultf(ErrInvalid, format, args...)
}

func notFound(kind Kind, id string) error {
	return faultf(ErrNotFound, "%s %q does not exist", kind, id)
}

// closed says that a parent takes no children.
func closed(kind Kind, id string) error {
	return faultf(ErrDeleting, "%s %q is being deleted: if that was interrupted, delete it again", kind, id)
}

// some names a few of many.
func some(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}

// translate adds to an error of ipam the sentinel of this package that means
// the same. A key that the store does not take is that of an object that can't
// exist: ids are checked before anything is created.
func translate(err error) error {
	kind := ErrInvalid
	switch {
	case errors.Is(err, kvstore.ErrInvalid):
		return because(ErrNotFound, err, "it names an object that can't exist: its id is too long")
	case errors.Is(err, ipam.ErrTaken), errors.Is(err, ipam.ErrBound):
		kind = ErrInUse
	case errors.Is(err, ipam.ErrExhausted):
		kind = ErrExhausted
	case errors.Is(err, ipam.ErrOutside), errors.Is(err, ipam.ErrInvalid), errors.Is(err, ipam.ErrNotFound), errors.Is(err, ipam.ErrUnbound):
	default:
		return err
	}
	return because(kind, err, "%v", err)
}
