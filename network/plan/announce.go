package plan

import (
	"encoding/binary"
	"net"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/internal/inet"
	"github.com/vlcp-go/vlcp/ovs"
)

// Announce gives the packets that tell the devices beyond an uplink where a
// port's addresses are now: a gratuitous ARP request for IPv4 (RFC 5944, 4.6), an
// unsolicited neighbour advertisement for IPv6 (RFC 4861, 7.2.6). There are none
// where no real device lives, or while the port is not plugged in here.
func (p *Plan) Announce(port string) []ovs.PacketOut {
	t := p.ports[port]
	if t == nil || t.ofport == 0 || t.mac == nil {
		return nil
	}
	n := p.networks[t.Network]
	if n == nil || !n.wire.outside() {
		return nil
	}
	var packets []ovs.PacketOut
	for _, a := range t.Addresses {
		packets = append(packets, ovs.PacketOut{
			Data:    announcement(t.mac, a.Address),
			Actions: append(n.wire.tag(), output(n.wire.uplink)),
		})
	}
	return packets
}

func announcement(mac net.HardwareAddr, a netip.Addr) []byte {
	if a.Is4() {
		return gratuitousARP(mac, a)
	}
	return unsolicitedNA(mac, a)
}

func gratuitousARP(mac net.HardwareAddr, a netip.Addr) []byte {
	return slices.Concat(
		[]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, mac, []byte{0x08, 0x06},
		[]byte{0, 1, 0x08, 0, 6, 4, 0, arpRequest}, mac, a.AsSlice(), make([]byte, 6), a.AsSlice())
}

// unsolicitedNA is to all nodes.
func unsolicitedNA(mac net.HardwareAddr, a netip.Addr) []byte {
	return neighborAdvert([]byte{0x33, 0x33, 0, 0, 0, 1}, netip.MustParseAddr("ff02::1"), mac, a, ndOverride)
}

// neighborAdvert is a frame that tells a node, or a group, that an address has a
// MAC.
func neighborAdvert(toMAC net.HardwareAddr, to netip.Addr, mac net.HardwareAddr, a netip.Addr, flags uint32) []byte {
	message := binary.BigEndian.AppendUint32([]byte{neighborAdvertisement, 0, 0, 0}, flags)
	message = slices.Concat(message, a.AsSlice(), []byte{ndTargetLinkLayer, 1}, mac)
	length := []byte{0, byte(len(message))}
	pseudo := slices.Concat(a.AsSlice(), to.AsSlice(), []byte{0, 0}, length, []byte{0, 0, 0, protoICMPv6})
	binary.BigEndian.PutUint16(message[2:], inet.Checksum(slices.Concat(pseudo, message)))
	return slices.Concat(
		toMAC, mac, []byte{0x86, 0xdd},
		[]byte{0x60, 0, 0, 0}, length, []byte{protoICMPv6, 255}, a.AsSlice(), to.AsSlice(), message)
}
