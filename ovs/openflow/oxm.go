package openflow

import (
	"fmt"

	"github.com/vlcp-go/vlcp/ovs"
)

// oxmHeader names a field on the wire: class<<16 | field<<9 | mask bit<<8 |
// length of what follows.
type oxmHeader uint32

const hasMask oxmHeader = 1 << 8

func (h oxmHeader) length() int { return int(h & 0xff) }

// unmasked is the header that the field has without a mask.
func (h oxmHeader) unmasked() oxmHeader {
	if h&hasMask == 0 {
		return h
	}
	return h&^(hasMask|0xff) | h&0xff/2
}

// The OXM classes; ericsson's is the one that Open vSwitch has its ND fields
// in (ERICOXM).
const (
	nxm0      = 0x0000
	nxm1      = 0x0001
	ericsson  = 0x1000
	openflow1 = 0x8000
)

func oxm(class, field, length uint32) oxmHeader { return oxmHeader(class<<16 | field<<9 | length) }

// names are the headers of one field. In matches and OpenFlow's own actions
// Open vSwitch 3.1 writes OpenFlow's name where there is one, in Nicira's
// actions always Nicira's: so do we, and what it dumps is what was sent, byte by
// byte.
type names struct {
	match  oxmHeader
	action oxmHeader
}

func same(h oxmHeader) names { return names{h, h} }

func both(of, class, field, length uint32) names {
	return names{oxm(openflow1, of, length), oxm(class, field, length)}
}

var fields = [...]names{
	ovs.InPort:        {oxm(openflow1, 0, 4), oxm(nxm0, 0, 2)},
	ovs.TunID:         both(38, nxm1, 16, 8),
	ovs.TunSrc:        same(oxm(nxm1, 31, 4)),
	ovs.TunDst:        same(oxm(nxm1, 32, 4)),
	ovs.TunIPv6Src:    same(oxm(nxm1, 109, 16)),
	ovs.TunIPv6Dst:    same(oxm(nxm1, 110, 16)),
	ovs.Metadata:      same(oxm(openflow1, 2, 8)),
	ovs.Reg0:          same(oxm(nxm1, 0, 4)),
	ovs.Reg1:          same(oxm(nxm1, 1, 4)),
	ovs.Reg2:          same(oxm(nxm1, 2, 4)),
	ovs.Reg3:          same(oxm(nxm1, 3, 4)),
	ovs.Reg4:          same(oxm(nxm1, 4, 4)),
	ovs.Reg5:          same(oxm(nxm1, 5, 4)),
	ovs.Reg6:          same(oxm(nxm1, 6, 4)),
	ovs.Reg7:          same(oxm(nxm1, 7, 4)),
	ovs.EthDst:        both(3, nxm0, 1, 6),
	ovs.EthSrc:        both(4, nxm0, 2, 6),
	ovs.EthType:       both(5, nxm0, 3, 2),
	ovs.VLANTCI:       same(oxm(nxm0, 4, 2)),
	ovs.VLANVID:       same(oxm(openflow1, 6, 2)),
	ovs.IPSrc:         both(11, nxm0, 7, 4),
	ovs.IPDst:         both(12, nxm0, 8, 4),
	ovs.IPv6Src:       both(26, nxm1, 19, 16),
	ovs.IPv6Dst:       both(27, nxm1, 20, 16),
	ovs.IPProto:       both(10, nxm0, 6, 1),
	ovs.IPTTL:         same(oxm(nxm1, 29, 1)),
	ovs.IPFrag:        same(oxm(nxm1, 26, 1)),
	ovs.ARPOp:         both(21, nxm0, 15, 2),
	ovs.ARPSPA:        both(22, nxm0, 16, 4),
	ovs.ARPTPA:        both(23, nxm0, 17, 4),
	ovs.ARPSHA:        both(24, nxm1, 17, 6),
	ovs.ARPTHA:        both(25, nxm1, 18, 6),
	ovs.TCPSrc:        both(13, nxm0, 9, 2),
	ovs.TCPDst:        both(14, nxm0, 10, 2),
	ovs.UDPSrc:        both(15, nxm0, 11, 2),
	ovs.UDPDst:        both(16, nxm0, 12, 2),
	ovs.ICMPType:      both(19, nxm0, 13, 1),
	ovs.ICMPCode:      both(20, nxm0, 14, 1),
	ovs.ICMPv6Type:    both(29, nxm1, 21, 1),
	ovs.ICMPv6Code:    both(30, nxm1, 22, 1),
	ovs.NDTarget:      both(31, nxm1, 23, 16),
	ovs.NDSLL:         both(32, nxm1, 24, 6),
	ovs.NDTLL:         both(33, nxm1, 25, 6),
	ovs.NDReserved:    same(oxm(ericsson, 1, 4)),
	ovs.NDOptionsType: same(oxm(ericsson, 2, 1)),
	ovs.XXReg0:        same(oxm(nxm1, 111, 16)),
	ovs.XXReg1:        same(oxm(nxm1, 112, 16)),
}

// fieldOf finds a field by any of its headers.
var fieldOf = func() map[oxmHeader]ovs.Field {
	m := make(map[oxmHeader]ovs.Field, 2*len(fields))
	for f, n := range fields {
		if n.match != 0 {
			m[n.match], m[n.action] = ovs.Field(f), ovs.Field(f)
		}
	}
	return m
}()

// setHeader is the header of a field in a set action: in_port can be set in
// its 16-bit form only.
func setHeader(f ovs.Field) oxmHeader {
	if f == ovs.InPort {
		return fields[f].action
	}
	return fields[f].match
}

// putTerm appends a term as a TLV under the header.
func putTerm(b []byte, h oxmHeader, t ovs.Term) []byte {
	n := h.length()
	if t.Exact() {
		b = put32(b, uint32(h))
		return append(b, t.Value[16-n:]...)
	}
	b = put32(b, uint32(h|hasMask)+uint32(n))
	b = append(b, t.Value[16-n:]...)
	return append(b, t.Mask[16-n:]...)
}

// term reads one TLV. One of a field that this version doesn't know is
// consumed, and an error of type unknownField.
func (c *cursor) term() (ovs.Term, error) {
	h := oxmHeader(c.uint32())
	body := c.next(h.length())
	if c.failed {
		return ovs.Term{}, errShort
	}
	plain := h.unmasked()
	f, ok := fieldOf[plain]
	if !ok {
		return ovs.Term{}, unknownField(h)
	}
	n := plain.length()
	if h&hasMask == 0 {
		return ovs.Bytes(f, body, nil), nil
	}
	if len(body) != 2*n {
		return ovs.Term{}, unknownField(h)
	}
	return ovs.Bytes(f, body[:n], body[n:]), nil
}

// unknownField is the header of a field that a match has and [ovs.Match]
// hasn't.
type unknownField oxmHeader

func (u unknownField) Error() string {
	h := oxmHeader(u)
	return fmt.Sprintf("matches on field %d of class %#06x, which this version does not know", h>>9&0x7f, h>>16)
}
