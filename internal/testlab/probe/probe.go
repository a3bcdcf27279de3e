// Package probe looks at a network from inside a container: [Describe] tells
// what its interfaces are, [Serve] and [ServePackets] answer and [Check] asks whether bytes come
// back unchanged, [Ping] counts what is lost.
//
// Its command is one static program in the lab's image:
//
//	probe serve                      echo on TCP and UDP port 7, until SIGTERM
//	probe check 10.0.0.5:7           65,536 bytes there and back; -network udp, -bytes N
//	probe ping -c 3 10.0.0.5         prints a [Stats] as JSON; without -c until its input ends
//	probe dump                       prints a [State] as JSON
//	probe resolve h2-web             prints the addresses of a name, one on a line
package probe

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Port is where "probe serve" listens: echo's, RFC 862.
const Port = 7

// Serve sends back what connections send, until l is closed; then it closes
// them too.
func Serve(l net.Listener) error {
	var open sync.WaitGroup
	defer open.Wait()
	ended, end := context.WithCancel(context.Background())
	defer end()
	for {
		c, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		open.Go(func() {
			defer c.Close()
			defer context.AfterFunc(ended, func() { c.Close() })()
			io.Copy(c, c) // a client that goes away needs no answer
		})
	}
}

// ServePackets sends back each packet, until c is closed.
func ServePackets(c net.PacketConn) error {
	packet := make([]byte, 64<<10)
	for {
		n, from, err := c.ReadFrom(packet)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		c.WriteTo(packet[:n], from) // lost, as packets are
	}
}

// Check sends size random bytes over a connection to a Serve and reads them
// back unchanged, within the timeout. Over UDP they are one packet.
func Check(c net.Conn, size int, timeout time.Duration) error {
	if err := c.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	sent := make([]byte, size)
	rand.Read(sent)
	written := make(chan error, 1)
	go func() {
		_, err := c.Write(sent)
		written <- err
	}()
	got := make([]byte, size)
	n, err := io.ReadFull(c, got)
	if err != nil {
		c.Close()
		return fmt.Errorf("%d of %d bytes came back: %w", n, size, errors.Join(err, <-written))
	}
	if !bytes.Equal(got, sent) {
		return errors.New("other bytes came back than were sent")
	}
	return <-written
}
