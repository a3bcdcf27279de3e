package ovs

import "errors"

// What can go wrong on the way to a bridge; match them with [errors.Is].
var (
	// ErrUnavailable: Open vSwitch can't be reached, now. The connection comes
	// back by itself.
	ErrUnavailable = errors.New("Open vSwitch is not reachable; is openvswitch-switch running?")
	// ErrRefused: Open vSwitch took none of the changes, because of one of them.
	ErrRefused = errors.New("Open vSwitch refused it")
)

// Error says what was done to what, and why it failed.
type Error struct {
	Op  string // what was tried, e.g. "apply flows"
	ID  string // to what: a flow, group, port or socket as text; may be empty
	Err error
}

// Error is "op id: err".
func (e *Error) Error() string {
	s := e.Op
	if e.ID != "" {
		s += " " + e.ID
	}
	return s + ": " + e.Err.Error()
}

// Unwrap gives [ErrUnavailable], [ErrRefused] or the native error.
func (e *Error) Unwrap() error { return e.Err }
