package testlab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/netns"
)

// command is a command for the host's sandbox; env(1) searches the host's PATH.
func (h *Host) command(ctx context.Context, argv ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/usr/bin/env", argv...)
	cmd.Env = h.env[:len(h.env):len(h.env)]
	cmd.WaitDelay = time.Second // a grandchild may hold the output of what ctx ended
	return cmd
}

// Run runs a program in the host and returns its standard output; an error
// holds its standard error. When ctx ends the program is killed.
func (h *Host) Run(ctx context.Context, argv ...string) (string, error) {
	return h.run(ctx, nil, argv...)
}

func (h *Host) run(ctx context.Context, stdin io.Reader, argv ...string) (string, error) {
	cmd := h.command(ctx, argv...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err := h.sandbox.start(cmd)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return stdout.String(), fmt.Errorf("%s: %s: %w\n%s", h.Name, strings.Join(argv, " "), err, &stderr)
	}
	return stdout.String(), nil
}

// Listen listens on an address of the host: ":80" on Outside is a server on
// the Internet.
func (h *Host) Listen(network, addr string) (l net.Listener, err error) {
	err = netns.Do(h.Netns(), func() error {
		l, err = net.Listen(network, addr)
		return err
	})
	return l, err
}

// Dial connects from the host to an IP address and port. It fits
// http.Transport.DialContext.
func (h *Host) Dial(ctx context.Context, network, addr string) (c net.Conn, err error) {
	err = netns.Do(h.Netns(), func() error {
		var d net.Dialer
		c, err = d.DialContext(ctx, network, addr)
		return err
	})
	return c, err
}
