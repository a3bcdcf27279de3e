package openflow

import (
	"context"
	"errors"
	"os"
	"time"
)

// echoInterval is how long a peer may say nothing before it is asked, and then
// again before it is taken for dead.
const echoInterval = 5 * time.Second

var errSilent = errors.New("no answer to an echo request")

// keepAlive reads from a connection. While nothing comes it sends echo
// requests, and it fails when even those are not answered.
type keepAlive struct {
	conn  *Conn
	asked bool
}

func (k *keepAlive) Read(p []byte) (int, error) {
	for {
		k.conn.nc.SetReadDeadline(time.Now().Add(echoInterval))
		n, err := k.conn.nc.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			k.asked = false
			return n, err
		}
		if k.asked {
			return 0, errSilent
		}
		k.asked = true
		k.conn.queueEcho(putEcho(nil, typeEchoRequest, 0, nil))
	}
}

func putEcho(b []byte, typ uint8, xid uint32, body []byte) []byte {
	start := len(b)
	return finish(append(putHeader(b, typ, xid), body...), start)
}

// queueEcho leaves an echo to another goroutine: were the reader to wait for
// its turn to write, a peer that waits for us to read would wait for ever.
func (c *Conn) queueEcho(b []byte) {
	select {
	case c.echoes <- b:
	default:
	}
}

func (c *Conn) echo() {
	for {
		select {
		case b := <-c.echoes:
			// An error has ended the connection, and the reader says so.
			_ = c.write(context.Background(), b)
		case <-c.done:
			return
		}
	}
}
