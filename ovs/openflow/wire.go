package openflow

import (
	"encoding/binary"
	"errors"
)

// version is OpenFlow 1.4 on the wire.
const version = 5

// The messages (ofp_type).
const (
	typeHello            = 0
	typeError            = 1
	typeEchoRequest      = 2
	typeEchoReply        = 3
	typeFeaturesRequest  = 5
	typeFeaturesReply    = 6
	typeSetConfig        = 9
	typePacketIn         = 10
	typePacketOut        = 13
	typeFlowMod          = 14
	typeGroupMod         = 15
	typeMultipartRequest = 18
	typeMultipartReply   = 19
	typeBarrierRequest   = 20
	typeBarrierReply     = 21
	typeBundleControl    = 33
	typeBundleAdd        = 34
)

const (
	headerLen = 8
	// maxLen is the longest message: its length has 16 bits. Open vSwitch
	// closes the connection on a wrong one.
	maxLen = 0xffff
	// noBuffer and anyPort are the wildcards of 32-bit numbers.
	noBuffer = 0xffffffff
	anyPort  = 0xffffffff
)

// errShort is what a message that ends too early decodes to.
var errShort = errors.New("message ends too early")

// header is what every message starts with.
type header struct {
	typ    uint8
	length uint16
	xid    uint32
}

func parseHeader(b []byte) header {
	return header{typ: b[1], length: binary.BigEndian.Uint16(b[2:]), xid: binary.BigEndian.Uint32(b[4:])}
}

// putHeader appends the header of a message; finish fills in its length.
func putHeader(b []byte, typ uint8, xid uint32) []byte {
	return put32(append(b, version, typ, 0, 0), xid)
}

// finish fills in the length of the message that began at start.
func finish(b []byte, start int) []byte { return setLen(b, start+2, len(b)-start) }

// simple appends a message that is only a header.
func simple(b []byte, typ uint8, xid uint32) []byte {
	return finish(putHeader(b, typ, xid), len(b))
}

// setLen writes a 16-bit length at b[at:]. What doesn't fit is written as 0
// and refused by checkLen before it is sent.
func setLen(b []byte, at, n int) []byte {
	if n > maxLen {
		n = 0
	}
	binary.BigEndian.PutUint16(b[at:], uint16(n))
	return b
}

func put16(b []byte, v uint16) []byte { return binary.BigEndian.AppendUint16(b, v) }
func put32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }
func put64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

// zeros appends n zero bytes, at most 8.
func zeros(b []byte, n int) []byte {
	var z [8]byte
	return append(b, z[:n]...)
}

// pad appends zeros until what began at start is a multiple of 8 bytes long.
func pad(b []byte, start int) []byte { return zeros(b, padding(len(b)-start)) }

func padding(n int) int { return -n & 7 }

// cursor reads a message from front to back. After the first read beyond its
// end it is empty, its values are zero and failed is set, so that a decoder
// checks once, at its end.
type cursor struct {
	b      []byte
	failed bool
}

// next takes n bytes; they belong to the message.
func (c *cursor) next(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.b, c.failed = nil, true
		return nil
	}
	v := c.b[:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) skip(n int) { c.next(n) }

func (c *cursor) uint8() uint8 {
	if v := c.next(1); v != nil {
		return v[0]
	}
	return 0
}

func (c *cursor) uint16() uint16 {
	if v := c.next(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if v := c.next(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

func (c *cursor) uint64() uint64 {
	if v := c.next(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// sub takes n bytes as a cursor of their own.
func (c *cursor) sub(n int) cursor { b := c.next(n); return cursor{b: b, failed: c.failed} }

// peek16 is the 16-bit number at an offset, 0 beyond the end.
func (c *cursor) peek16(offset int) uint16 {
	if len(c.b) < offset+2 {
		return 0
	}
	return binary.BigEndian.Uint16(c.b[offset:])
}

// record takes an action or an instruction, which begins with its type and its
// length.
func (c *cursor) record() ([]byte, error) {
	n := int(c.peek16(2))
	if n < 8 {
		return nil, errShort
	}
	raw := c.next(n)
	return raw, c.err()
}

func (c *cursor) empty() bool { return len(c.b) == 0 }

func (c *cursor) err() error {
	if c.failed {
		return errShort
	}
	return nil
}
