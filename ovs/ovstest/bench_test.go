package ovstest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovsdb"
	"github.com/vlcp-go/vlcp/ovs/vsctl"
)

// The two implementations are each other's peers.
var implementations = []struct {
	name string
	open func(context.Context, ovs.BridgeSpec) (ovs.Switch, error)
}{
	{"ovsdb", func(ctx context.Context, spec ovs.BridgeSpec) (ovs.Switch, error) { return ovsdb.Open(ctx, spec) }},
	{"vsctl", func(ctx context.Context, spec ovs.BridgeSpec) (ovs.Switch, error) { return vsctl.Open(ctx, spec) }},
}

// each runs a benchmark with each implementation on a bridge of its own that
// has some ports already.
func each(b *testing.B, ports int, run func(*testing.B, ovs.Switch)) {
	for _, impl := range implementations {
		b.Run(impl.name, func(b *testing.B) {
			o := testenv.OVS(b)
			sw, err := impl.open(b.Context(), ovs.BridgeSpec{Name: "br0", Datapath: "netdev", Database: o.DB})
			if err != nil {
				b.Fatal(err)
			}
			defer sw.Close()
			watch(b, sw, func(ovs.Event) bool {
				_, errPorts := sw.Ports(b.Context())
				_, errFlows := sw.Flows(b.Context(), 0, 0)
				return errPorts == nil && errFlows == nil
			})
			set(b, sw, ovs.PortChanges{Add: specs("old", ports)})
			run(b, sw)
		})
	}
}

// BenchmarkAddPort is until SetPorts answers.
func BenchmarkAddPort(b *testing.B) {
	for _, ports := range []int{0, 300} {
		b.Run(fmt.Sprintf("to=%d", ports), func(b *testing.B) {
			each(b, ports, func(b *testing.B, sw ovs.Switch) {
				for i := 0; b.Loop(); i++ {
					set(b, sw, ovs.PortChanges{Add: []ovs.PortSpec{{Name: fmt.Sprintf("new%d", i)}}})
				}
			})
		})
	}
}

// BenchmarkAddPortReady is until an event tells the port's number.
func BenchmarkAddPortReady(b *testing.B) {
	each(b, 0, func(b *testing.B, sw ovs.Switch) {
		for i := 0; b.Loop(); i++ {
			name := fmt.Sprintf("vx%d", i)
			set(b, sw, ovs.PortChanges{Add: []ovs.PortSpec{{
				Name: name, Type: "vxlan", Options: map[string]string{"remote_ip": fmt.Sprintf("10.0.%d.%d", i>>8, i&0xff)},
			}}})
			watch(b, sw, func(ovs.Event) bool {
				ports, err := sw.Ports(b.Context())
				for _, p := range ports {
					if p.Name == name {
						return p.OFPort != 0
					}
				}
				return err != nil
			})
		}
	})
}

func BenchmarkReadPorts(b *testing.B) {
	each(b, 300, func(b *testing.B, sw ovs.Switch) {
		for b.Loop() {
			if ports, err := sw.Ports(b.Context()); err != nil || len(ports) != 300 {
				b.Fatal(len(ports), err)
			}
		}
	})
}

// BenchmarkUpdateFlow replaces one flow of 1,000.
func BenchmarkUpdateFlow(b *testing.B) {
	each(b, 0, func(b *testing.B, sw ovs.Switch) {
		change(b, sw, ovs.Changes{Add: flood(1000)})
		for i := 0; b.Loop(); i++ {
			change(b, sw, ovs.Changes{Add: []ovs.Flow{l2(7, uint32(i))}})
		}
	})
}

func BenchmarkApply10000(b *testing.B) {
	each(b, 0, func(b *testing.B, sw ovs.Switch) {
		all := flood(10_000)
		for b.Loop() {
			change(b, sw, ovs.Changes{Add: all})
		}
	})
}

func BenchmarkReadFlows10000(b *testing.B) {
	each(b, 0, func(b *testing.B, sw ovs.Switch) {
		change(b, sw, ovs.Changes{Add: flood(10_000)})
		for b.Loop() {
			if flows, err := sw.Flows(b.Context(), 0, 0); err != nil || len(flows) != 10_000 {
				b.Fatal(len(flows), err)
			}
		}
	})
}

func flood(n int) []ovs.Flow {
	flows := make([]ovs.Flow, n)
	for i := range flows {
		flows[i] = l2(i, 1)
	}
	return flows
}

// l2 forwards one hardware address.
func l2(i int, port uint32) ovs.Flow {
	mac := []byte{2, 0, 0, 0, byte(i >> 8), byte(i)}
	return ovs.Stamp(0x7600, ovs.Flow{
		Table: 6, Priority: 100,
		Match:   ovs.NewMatch(ovs.Uint(ovs.Reg0, 5), ovs.MAC(ovs.EthDst, mac)),
		Actions: []ovs.Action{ovs.Output{Port: port%60000 + 1}},
	})
}

func specs(prefix string, n int) (specs []ovs.PortSpec) {
	for i := range n {
		specs = append(specs, ovs.PortSpec{Name: fmt.Sprintf("%s%d", prefix, i)})
	}
	return specs
}

func set(b *testing.B, sw ovs.Switch, c ovs.PortChanges) {
	if err := sw.SetPorts(b.Context(), c); err != nil {
		b.Fatal(err)
	}
}

func change(b *testing.B, sw ovs.Switch, c ovs.Changes) {
	if err := sw.Apply(b.Context(), c); err != nil {
		b.Fatal(err)
	}
}

func watch(b *testing.B, sw ovs.Switch, check func(ovs.Event) bool) {
	seen := errors.New("seen")
	err := sw.Watch(b.Context(), func(e ovs.Event) error {
		if check(e) {
			return seen
		}
		return nil
	})
	if err != seen {
		b.Fatal(err)
	}
}
