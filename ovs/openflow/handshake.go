package openflow

import (
	"bufio"
	"context"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/ovs"
)

// helloVersions is the hello element with a bitmap of versions.
const helloVersions = 1

var errVersion = errors.New("the bridge does not speak OpenFlow 1.4; " +
	"run: ovs-vsctl add bridge <name> protocols OpenFlow14")

// negotiate says hello and reads the peer's.
func (c *Conn) negotiate(ctx context.Context, r *bufio.Reader) error {
	defer context.AfterFunc(ctx, func() { c.nc.Close() })()
	if _, err := c.nc.Write(putHello(nil)); err != nil {
		return err
	}
	first, err := r.Peek(headerLen)
	if err != nil {
		return err
	}
	peer := first[0]
	h, body, err := readMessage(r, make([]byte, maxLen))
	if err != nil {
		return err
	}
	if h.typ != typeHello {
		return fmt.Errorf("the first message is of type %d: no OpenFlow here", h.typ)
	}
	if !speaks(peer, body) {
		return errVersion
	}
	return nil
}

func putHello(b []byte) []byte {
	start := len(b)
	b = putHeader(b, typeHello, 0)
	return finish(put32(put16(put16(b, helloVersions), 8), 1<<version), start)
}

// speaks tells whether a hello of the highest version peer offers ours.
func speaks(peer uint8, body []byte) bool {
	c := cursor{b: body}
	for !c.empty() {
		typ, n := c.uint16(), int(c.uint16())
		e := c.sub(n - 4)
		c.skip(padding(n))
		if typ == helloVersions && !e.failed {
			return e.uint32()&(1<<version) != 0
		}
	}
	return peer >= version
}

// configure asks for packets, if somebody wants them: a management connection
// gets none before it set a length. The answer about the bridge says that this
// is done.
func (c *Conn) configure(ctx context.Context, packetIn bool) error {
	first := c.reserve(2)
	var b []byte
	if packetIn {
		b = putHeader(b, typeSetConfig, first)
		b = finish(put16(put16(b, 0), ovs.WholePacket), 0)
	}
	x := &exchange{first: first, last: first + 1, typ: typeFeaturesReply, receive: func(body *cursor) (bool, error) {
		c.datapathID = body.uint64()
		return false, body.err()
	}}
	return c.do(ctx, x, simple(b, typeFeaturesRequest, x.last))
}
