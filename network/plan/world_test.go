package plan_test

import (
	"crypto/sha256"
	"fmt"
	gonet "net"
	"net/netip"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
)

// net is a logical network on the physical network "phys".
func net(number uint32, kind network.Type, segment uint32) network.Network {
	return network.Network{ID: netID(number), Physical: "phys", Type: kind, Segment: segment, Number: number}
}

func netID(number uint32) string { return fmt.Sprintf("net%d", number) }

// port is a port with a MAC made from its id.
func port(id string, number uint32, addrs ...string) network.Port {
	t := network.Port{ID: id, Network: netID(number), MAC: macOf(id).String()}
	for _, a := range addrs {
		t.Addresses = append(t.Addresses, network.Address{Subnet: "s", Address: netip.MustParseAddr(a)})
	}
	return t
}

func macOf(id string) gonet.HardwareAddr {
	sum := sha256.Sum256([]byte(id))
	return append(gonet.HardwareAddr{0x02}, sum[:5]...)
}

// plug tells of a port that is here.
func plug(p *plan.Plan, t network.Port, ofport uint32) {
	p.SetPort(t)
	p.SetLocal(t.ID, ofport)
}

// remote tells of a port that is elsewhere.
func remote(p *plan.Plan, t network.Port, host string) {
	p.SetPort(t)
	p.SetRemote(t.ID, host)
}
