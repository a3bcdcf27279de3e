package ovstest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vlcp-go/vlcp/ovs"
)

func info(t *testing.T, sw ovs.Switch) {
	got, err := sw.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Bridge == "" || got.SystemID == "" || got.Datapath != "netdev" {
		t.Errorf("info %+v", got)
	}
}

func addPorts(t *testing.T, sw ovs.Switch) {
	setPorts(t, sw, ovs.PortChanges{Add: []ovs.PortSpec{
		{Name: "b-in", Type: "internal", ExternalIDs: map[string]string{"iface-id": "1", "ä \"b\",c=": "{é;}"}, OFPort: 77},
		{Name: "a-in", Type: "internal"},
	}})
	checkPorts(t, sw, []ovs.Port{
		{Name: "a-in", Type: "internal"},
		{Name: "b-in", Type: "internal", ExternalIDs: map[string]string{"iface-id": "1", "ä \"b\",c=": "{é;}"}},
	})
	await(t, sw, "the numbers of the ports", func() bool {
		p := ports(t, sw)
		return p[0].OFPort != 0 && p[1].OFPort == 77
	})
}

func addPortAgain(t *testing.T, sw ovs.Switch) {
	add := func(p ovs.PortSpec) { setPorts(t, sw, ovs.PortChanges{Add: []ovs.PortSpec{p}}) }
	add(ovs.PortSpec{Name: "p", Type: "internal", ExternalIDs: map[string]string{"iface-id": "1", "vm": "x"}})
	number := awaitNumber(t, sw, "p")
	add(ovs.PortSpec{Name: "p", Type: "internal", ExternalIDs: map[string]string{"iface-id": "1", "vm": "x"}})
	add(ovs.PortSpec{Name: "p", Type: "internal", ExternalIDs: map[string]string{"iface-id": "2"}, Options: map[string]string{"k": "v"}})
	checkPorts(t, sw, []ovs.Port{
		{Name: "p", Type: "internal", ExternalIDs: map[string]string{"iface-id": "2"}, Options: map[string]string{"k": "v"}},
	})
	if got := awaitNumber(t, sw, "p"); got != number {
		t.Errorf("the port's number became %d, was %d", got, number)
	}
}

func deletePorts(t *testing.T, sw ovs.Switch) {
	setPorts(t, sw, ovs.PortChanges{Add: specs("a", "b", "c")})
	setPorts(t, sw, ovs.PortChanges{Delete: []string{"a", "never-was"}, Add: specs("d")})
	checkNames(t, sw, "b", "c", "d")
	setPorts(t, sw, ovs.PortChanges{Delete: []string{"a", "b"}})
	setPorts(t, sw, ovs.PortChanges{Delete: []string{"b"}})
	checkNames(t, sw, "c", "d")
	// The adds come first, so that a port in both is gone.
	setPorts(t, sw, ovs.PortChanges{Add: specs("c", "e"), Delete: []string{"c", "e"}})
	checkNames(t, sw, "d")
}

func badPorts(t *testing.T, sw ovs.Switch) {
	bridge, err := sw.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", ".", "..", "a/b", "a b", "a:b", "-a", "a\"b", "a\nb", "sixteen-letters-", bridge.Bridge} {
		for _, c := range []ovs.PortChanges{
			{Add: append(specs("good"), specs(name)...)},
			{Add: specs("good"), Delete: []string{name}},
		} {
			if err := sw.SetPorts(t.Context(), c); !errors.Is(err, ovs.ErrRefused) || !strings.Contains(err.Error(), name) {
				t.Errorf("%q: error %v", name, err)
			}
		}
	}
	if err := sw.SetPorts(t.Context(), ovs.PortChanges{Add: specs("twice", "twice")}); !errors.Is(err, ovs.ErrRefused) {
		t.Errorf("the same port twice: error %v", err)
	}
	checkNames(t, sw)
}

func manyPorts(t *testing.T, sw ovs.Switch) {
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprintf("m%02d", i))
	}
	setPorts(t, sw, ovs.PortChanges{Add: specs(names...)})
	checkNames(t, sw, names...)
	setPorts(t, sw, ovs.PortChanges{Delete: names})
	checkNames(t, sw)
}

// deviceComesLater: the order of a device and its port is free.
func deviceComesLater(l *lab) {
	sw := l.ready()
	setPorts(l, sw, ovs.PortChanges{Add: []ovs.PortSpec{{Name: "late", ExternalIDs: map[string]string{"iface-id": "1"}}}})
	await(l, sw, "an error of the port without device", func() bool {
		p := ports(l, sw)[0]
		return p.OFPort == 0 && strings.Contains(p.Error, "No such device")
	})
	l.ovs.AddEndpoint("late", prefix("10.0.0.1/24"), nil)
	awaitNumber(l, sw, "late")
	if p := ports(l, sw)[0]; p.Error != "" || p.MTU != 1500 {
		l.Errorf("port %+v", p)
	}
}

func vxlanPort(l *lab) {
	sw := l.ready()
	options := map[string]string{"remote_ip": "flow", "local_ip": "flow", "key": "flow", "dst_port": "4999"}
	setPorts(l, sw, ovs.PortChanges{Add: []ovs.PortSpec{{Name: "vxlan0", Type: "vxlan", Options: options, OFPort: 1}}})
	if number := awaitNumber(l, sw, "vxlan0"); number != 1 {
		l.Errorf("number %d", number)
	}
	checkPorts(l, sw, []ovs.Port{{Name: "vxlan0", Type: "vxlan", Options: options}})
	if got := l.ovs.Vsctl("get", "Interface", "vxlan0", "options:dst_port"); got != "\"4999\"\n" {
		l.Errorf("dst_port %s", got)
	}
}

// portOfAnotherBridge: a port that somebody else has is neither taken away nor
// deleted.
func portOfAnotherBridge(l *lab) {
	l.ovs.AddBridge("other")
	l.ovs.Vsctl("--no-wait", "add-port", "other", "theirs")
	sw := l.ready()
	err := sw.SetPorts(l.Context(), ovs.PortChanges{Add: specs("ours", "theirs")})
	if !errors.Is(err, ovs.ErrRefused) || !strings.Contains(err.Error(), "theirs is on bridge other") {
		l.Errorf("error %v", err)
	}
	checkNames(l, sw)
	setPorts(l, sw, ovs.PortChanges{Delete: []string{"theirs"}})
	if got := l.ovs.Vsctl("list-ports", "other"); got != "theirs\n" {
		l.Errorf("ports of the other bridge: %s", got)
	}
}

func setPorts(t testing.TB, sw ovs.Switch, c ovs.PortChanges) {
	t.Helper()
	if err := sw.SetPorts(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func ports(t testing.TB, sw ovs.Switch) []ovs.Port {
	t.Helper()
	list, err := sw.Ports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// checkPorts compares what a spec says; the rest is Open vSwitch's.
func checkPorts(t testing.TB, sw ovs.Switch, want []ovs.Port) {
	t.Helper()
	if diff := cmp.Diff(want, ports(t, sw), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(ovs.Port{}, "OFPort", "Error", "MTU")); diff != "" {
		t.Errorf("ports: %s", diff)
	}
}

func checkNames(t testing.TB, sw ovs.Switch, want ...string) {
	t.Helper()
	var got []string
	for _, p := range ports(t, sw) {
		got = append(got, p.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("ports %q, want %q", got, want)
	}
}

// awaitNumber returns the OpenFlow number of a port when Open vSwitch gave it
// one.
func awaitNumber(t testing.TB, sw ovs.Switch, name string) (number uint32) {
	t.Helper()
	await(t, sw, "the number of "+name, func() bool {
		for _, p := range ports(t, sw) {
			if p.Name == name {
				number = p.OFPort
			}
		}
		return number != 0
	})
	return number
}

func specs(names ...string) []ovs.PortSpec {
	var s []ovs.PortSpec
	for _, n := range names {
		s = append(s, ovs.PortSpec{Name: n})
	}
	return s
}
