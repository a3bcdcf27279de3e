package openflow

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/ovs"
)

// endpointFlows are the two flows that a remote endpoint costs, n times: an
// ARP responder, and the way to it through a tunnel.
func endpointFlows(n int) []ovs.Flow {
	flows := make([]ovs.Flow, 0, 2*n)
	for i := range n {
		var ip [4]byte
		binary.BigEndian.PutUint32(ip[:], 0x0a000001+uint32(i))
		mac := net.HardwareAddr{2, 0, ip[0], ip[1], ip[2], ip[3]}
		flows = append(flows, arpResponder(netip.AddrFrom4(ip), mac), tunnel(mac))
	}
	return flows
}

func arpResponder(ip netip.Addr, mac net.HardwareAddr) ovs.Flow {
	whole := func(f ovs.Field) ovs.Subfield { return ovs.Subfield{Field: f} }
	return ovs.Stamp(0x76, ovs.Flow{
		Table: 10, Priority: 100,
		Match: ovs.NewMatch(ovs.Uint(ovs.EthType, 0x0806), ovs.Uint(ovs.Reg0, 5), ovs.Uint(ovs.ARPOp, 1), ovs.Addr(ovs.ARPTPA, ip)),
		Actions: []ovs.Action{
			ovs.Move{Source: whole(ovs.EthSrc), Dest: whole(ovs.EthDst)},
			ovs.SetField{Term: ovs.MAC(ovs.EthSrc, mac)},
			ovs.SetField{Term: ovs.Uint(ovs.ARPOp, 2)},
			ovs.Move{Source: whole(ovs.ARPSHA), Dest: whole(ovs.ARPTHA)},
			ovs.SetField{Term: ovs.MAC(ovs.ARPSHA, mac)},
			ovs.Move{Source: whole(ovs.ARPSPA), Dest: whole(ovs.ARPTPA)},
			ovs.SetField{Term: ovs.Addr(ovs.ARPSPA, ip)},
			ovs.OutputInPort{},
		},
	})
}

func tunnel(mac net.HardwareAddr) ovs.Flow {
	return ovs.Stamp(0x76, ovs.Flow{
		Table: 20, Priority: 100,
		Match: ovs.NewMatch(ovs.Uint(ovs.Reg0, 5), ovs.MAC(ovs.EthDst, mac)),
		Actions: []ovs.Action{
			ovs.SetField{Term: ovs.Uint(ovs.TunID, 10000)},
			ovs.SetField{Term: ovs.Addr(ovs.TunDst, netip.MustParseAddr("192.0.2.7"))},
			ovs.Output{Port: 1},
		},
	})
}

func BenchmarkEncode(b *testing.B) {
	flows := endpointFlows(1000)
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := putFlowAdd(buf, 1, flows[i%len(flows)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	var raw [][]byte
	for _, f := range endpointFlows(1000) {
		r, err := putFlowStats(nil, f)
		if err != nil {
			b.Fatal(err)
		}
		raw = append(raw, r)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := (&cursor{b: raw[i%len(raw)]}).flowStats(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAdd10k adds 10,000 flows to an empty bridge, in one bundle; its peer
// is ovs-ofctl --bundle add-flows.
func BenchmarkAdd10k(b *testing.B) {
	o, c := dial(b, nil)
	flows := endpointFlows(5000)
	b.Run("by=Apply", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := c.Apply(b.Context(), ovs.Changes{Add: flows}); err != nil {
				b.Fatal(err)
			}
			b.StopTimer()
			o.Ofctl("del-flows", "br0")
			b.StartTimer()
		}
		perFlow(b, len(flows))
	})
	b.Run("by=ovs-ofctl", func(b *testing.B) {
		file := filepath.Join(b.TempDir(), "flows")
		if err := os.WriteFile(file, []byte(text(flows)), 0o600); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			o.Ofctl("--bundle", "add-flows", "br0", file)
			b.StopTimer()
			o.Ofctl("del-flows", "br0")
			b.StartTimer()
		}
		perFlow(b, len(flows))
	})
}

// BenchmarkDump10k reads 10,000 flows; its peer is ovs-ofctl dump-flows and
// [ovs.ParseFlow].
func BenchmarkDump10k(b *testing.B) {
	o, c := dial(b, nil)
	flows := endpointFlows(5000)
	if err := c.Apply(b.Context(), ovs.Changes{Add: flows}); err != nil {
		b.Fatal(err)
	}
	b.Run("by=Flows", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if got, err := c.Flows(b.Context(), 0x76<<48, ovs.OwnerMask); err != nil || len(got) != len(flows) {
				b.Fatal(len(got), err)
			}
		}
		perFlow(b, len(flows))
	})
	b.Run("by=ovs-ofctl", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dump := o.Ofctl("--no-names", "--no-stats", "dump-flows", "br0")
			parse(b, strings.Split(strings.TrimSpace(dump), "\n")...)
		}
		perFlow(b, len(flows))
	})
}

// BenchmarkUpdate replaces one flow of 10,000, and waits until it is so.
func BenchmarkUpdate(b *testing.B) {
	_, c := dial(b, nil)
	if err := c.Apply(b.Context(), ovs.Changes{Add: endpointFlows(5000)}); err != nil {
		b.Fatal(err)
	}
	one := endpointFlows(1)
	for b.Loop() {
		if err := c.Apply(b.Context(), ovs.Changes{Add: one}); err != nil {
			b.Fatal(err)
		}
	}
}

func perFlow(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/flow")
}

func text(flows []ovs.Flow) string {
	var s strings.Builder
	for _, f := range flows {
		fmt.Fprintln(&s, f)
	}
	return s.String()
}
