package probe

import (
	"errors"

	"golang.org/x/sys/unix"
)

// passing tells whether an error of a socket is of one packet only: a route,
// a neighbour or room in a queue that is missing now.
func passing(err error) bool {
	for _, e := range []error{unix.EHOSTUNREACH, unix.ENETUNREACH, unix.ENOBUFS, unix.ECONNREFUSED, unix.ENETDOWN, unix.EHOSTDOWN} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
