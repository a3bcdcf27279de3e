package vsctl

import (
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/ovs"
)

// packetReader puts packet-ins together from the lines that ovs-ofctl -m
// monitor prints: a header, a summary, and the data.
//
//	NXT_PACKET_IN2 (OF1.4) (xid=0x0): table_id=5 cookie=0x7 total_len=42 reg3=0x5,in_port=3 (via action) data_len=42 (unbuffered)
//	arp,vlan_tci=0x0000,…
//	00000000  ff ff ff ff ff ff 00 00-00 00 00 01 08 06 00 01
type packetReader struct {
	packet *ovs.PacketIn // nil between packets
	length int           // of its data
}

var (
	packetHeader = regexp.MustCompile(`^NXT_PACKET_IN2 .*?: (?:table_id=(\d+) )?cookie=(0x[0-9a-f]+) total_len=\d+ (\S*) ?\(via \S+\) data_len=(\d+)`)
	packetData   = regexp.MustCompile(`^[0-9a-f]{8}  ([0-9a-f]{2}(?:[ -][0-9a-f]{2})*)`)
	notHex       = strings.NewReplacer(" ", "", "-", "")
)

// next reads a line and gives the packet that it completes, or nil.
func (r *packetReader) next(line string) *ovs.PacketIn {
	if m := packetHeader.FindStringSubmatch(line); m != nil {
		r.begin(m[1], m[2], m[3], m[4])
	} else if m := packetData.FindStringSubmatch(line); m != nil && r.packet != nil {
		data, _ := hex.DecodeString(notHex.Replace(m[1])) // the expression allows nothing else
		r.packet.Data = append(r.packet.Data, data...)
	}
	p := r.packet
	if p == nil || len(p.Data) < r.length {
		return nil
	}
	r.packet = nil
	return p
}

// begin takes a header. The expression has only let numbers through; one that
// is too large becomes the largest.
func (r *packetReader) begin(table, cookie, match, length string) {
	t, _ := strconv.ParseUint(table, 10, 8)
	c, _ := strconv.ParseUint(cookie, 0, 64)
	r.length, _ = strconv.Atoi(length)
	r.packet = &ovs.PacketIn{Table: uint8(t), Cookie: c, Match: parseMetadata(match)}
	for _, term := range r.packet.Match {
		if term.Field == ovs.InPort {
			r.packet.InPort = uint32(binary.BigEndian.Uint64(term.Value[8:]))
		}
	}
}

// parseMetadata reads the terms that this version knows.
func parseMetadata(s string) ovs.Match {
	var terms []ovs.Term
	for term := range strings.SplitSeq(s, ",") {
		if f, err := ovs.ParseFlow(term + " actions=drop"); err == nil {
			terms = append(terms, f.Match...)
		}
	}
	return ovs.NewMatch(terms...)
}
