package dockerdriver

import (
	"fmt"
	"net"

	"github.com/coreos/go-systemd/v22/activation"

	"github.com/vlcp-go/vlcp/internal/socket"
)

// ErrServed is the answer of [Listen] where another process has the socket.
var ErrServed = socket.ErrServed

// Listen makes the socket of the plugin, with its directory. A socket that
// nobody answers any more is replaced; one that is served is [ErrServed]. Its
// Close removes the socket, unless it is somebody else's by then.
//
// Where systemd made the socket (socket activation, a .socket unit), that is
// used, and stays.
func Listen(path string) (net.Listener, error) {
	l, err := activated(path)
	if l == nil && err == nil {
		l, err = socket.Listen(path)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	return l, nil
}

// activated is the listener that systemd passed for the socket; nil if none.
func activated(path string) (net.Listener, error) {
	passed, err := activation.Listeners()
	if err != nil {
		return nil, err
	}
	for _, l := range passed {
		if l != nil && l.Addr().Network() == "unix" && l.Addr().String() == path {
			return l, nil
		}
	}
	return nil, nil
}
