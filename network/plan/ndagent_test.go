package plan_test

import (
	"bytes"
	"testing"

	"github.com/vlcp-go/vlcp/network/plan"
	"github.com/vlcp-go/vlcp/ovs"
)

// TestAnswer asks the agent for the MAC of routers, as the flows of the kernel's
// datapath have it asked.
func TestAnswer(t *testing.T) {
	p := plan.New(plan.Config{Host: "h0", Datapath: "system"})
	routers(p)
	p.Flows()
	a := macOf("a")
	question := func(table uint8, number uint64, data []byte) ovs.PacketIn {
		return ovs.PacketIn{InPort: 3, Table: table, Cookie: plan.DefaultOwner<<48 | 7, Match: ovs.NewMatch(ovs.Uint(ovs.Reg0, number)), Data: data}
	}
	ask := solicitFor(a, "fd01::2", "fd01::1")
	alone := from("a", typeIPv6, solicit("fd01::2", "fd01::1", "fd01::1", nil))
	want := ethernet(a, mr, typeIPv6, advertise("fd01::1", "fd01::2", 0xe0000000, "fd01::1", mr))
	for what, in := range map[string]ovs.PacketIn{"to all": question(60, 1, ask), "to it alone": question(62, 1, alone)} {
		out, answered := p.Answer(in)
		if !answered || !bytes.Equal(out.Data, want) || len(out.Actions) != 1 || out.Actions[0] != (ovs.Output{Port: 3}) {
			t.Errorf("%s: answered %v with %v\n%x, want\n%x", what, answered, out.Actions, out.Data, want)
		}
	}
	foreign := question(60, 1, ask)
	foreign.Cookie = 7
	mac, to := group("fd01::1")
	broken := bytes.Clone(ask)
	broken[20] = protoUDP
	for what, in := range map[string]ovs.PacketIn{
		"of another network":                question(60, 4, ask),
		"of a network without a port here":  question(60, 2, solicitFor(a, "fd02::2", "fd02::1")),
		"for another address":               question(60, 1, solicitFor(a, "fd01::2", "fd01::9")),
		"from nobody":                       question(60, 1, ethernet(mac, a, typeIPv6, solicit("::", to, "fd01::1", a))),
		"another table's":                   question(80, 1, ask),
		"cut off":                           question(60, 1, ask[:70]),
		"of another protocol":               question(60, 1, broken),
		"an advertisement":                  question(62, 1, ethernet(mr, a, typeIPv6, advertise("fd01::2", "fd01::1", 0, "fd01::1", a))),
		"that somebody else's flow sent up": foreign,
	} {
		if out, answered := p.Answer(in); answered {
			t.Errorf("a solicitation %s is answered: %x", what, out.Data)
		}
	}
}
