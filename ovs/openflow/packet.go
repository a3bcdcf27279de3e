package openflow

import (
	"bytes"
	"encoding/binary"
	"errors"

	"github.com/vlcp-go/vlcp/ovs"
)

// putPacketOut appends a message that sends a packet.
func putPacketOut(b []byte, xid uint32, p ovs.PacketOut) ([]byte, error) {
	inPort := p.InPort
	if inPort == 0 {
		inPort = portController
	}
	start := len(b)
	b = put32(putHeader(b, typePacketOut, xid), noBuffer)
	b = put32(b, inPort)
	b = zeros(b, 8) // length of the actions, padding
	actions := len(b)
	b, err := putActions(b, p.Actions)
	if err != nil {
		return nil, err
	}
	setLen(b, actions-8, len(b)-actions)
	b = append(b, p.Data...)
	return finish(b, start), checkLen(len(b) - start)
}

// packetOut writes itself as ovs-ofctl packet-out's arguments.
type packetOut ovs.PacketOut

func (p packetOut) String() string {
	return ovs.Flow{Match: ovs.NewMatch(ovs.Uint(ovs.InPort, uint64(p.InPort))), Actions: p.Actions}.String()
}

// packetIn reads the body of a packet that came up. Data belongs to the
// message. Metadata that this version doesn't know is left out.
func (c *cursor) packetIn() (ovs.PacketIn, error) {
	c.skip(7) // buffer, length, reason
	p := ovs.PacketIn{Table: c.uint8(), Cookie: c.uint64()}
	var err error
	if p.Match, err = c.match(); err != nil && !errors.As(err, new(unknownField)) {
		return ovs.PacketIn{}, err
	}
	c.skip(2)
	for _, t := range p.Match {
		if t.Field == ovs.InPort {
			p.InPort = binary.BigEndian.Uint32(t.Value[12:])
		}
	}
	p.Data = c.b
	return p, c.err()
}

// queuePacket leaves a packet to deliver, or drops it if too many wait.
func (c *Conn) queuePacket(body []byte) {
	p, err := (&cursor{b: bytes.Clone(body)}).packetIn()
	if err != nil {
		return
	}
	select {
	case c.packets <- p:
	default:
	}
}

func (c *Conn) deliver(packetIn func(ovs.PacketIn)) {
	for {
		select {
		case p := <-c.packets:
			packetIn(p)
		case <-c.done:
			return
		}
	}
}
