package e2e

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testlab/probe"
)

const create = "network create -d vlcp --ipam-driver vlcp "

// TestOptions creates a network with each option that matters inside a
// container, and looks there.
func TestOptions(t *testing.T) {
	h := newHost(t)
	h.run("curl -sfg -d 'type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan' http://localhost:8081/viperflow/createphysicalnetwork")
	h.run("curl -sfg -d 'physicalnetwork=vxlan&name=vxlan0' http://localhost:8081/viperflow/createphysicalport")
	for _, c := range []struct {
		name, create, run string
		look              func(h *host, s probe.State)
	}{
		{"guide", "-o physicalnetwork=vxlan -o mtu=1450 --subnet 192.168.1.0/24 --gateway 192.168.1.1", "", func(h *host, s probe.State) {
			h.wantAddress(s, "192.168.1.2/24")
			h.equal("default route", via(s, "0.0.0.0/0").String(), "192.168.1.1")
			h.equal("second interface", s.Interface("eth1").Name, "")
		}},
		{"mtu", "-o mtu=1300 --subnet 10.2.0.0/24", "", func(h *host, s probe.State) {
			h.equal("MTU", s.Interface("eth0").MTU, 1300)
		}},
		{"driver mtu", "-o com.docker.network.driver.mtu=1280 --subnet 10.2.0.0/24", "", func(h *host, s probe.State) {
			h.equal("MTU", s.Interface("eth0").MTU, 1280)
		}},
		{"disablegateway", "-o subnet:disablegateway=`True` --subnet 10.2.0.0/24 --gateway 10.2.0.1", "", func(h *host, s probe.State) {
			h.equal("default route", via(s, "0.0.0.0/0"), gwbridge(s))
		}},
		{"disablegateway false", "-o subnet:disablegateway=false --subnet 10.2.0.0/24 --gateway 10.2.0.1", "", func(h *host, s probe.State) {
			h.equal("default route", via(s, "0.0.0.0/0").String(), "10.2.0.1")
		}},
		{"gateway option", "-o subnet:gateway=10.2.0.254 --subnet 10.2.0.0/24", "", func(h *host, s probe.State) {
			h.equal("default route", via(s, "0.0.0.0/0").String(), "10.2.0.254")
			first := "10.2.0.1/24"
			if engine == "" || engine == "26" { // which keep that for a gateway, whatever the option says
				first = "10.2.0.2/24"
			}
			h.wantAddress(s, first)
			h.refused("run --rm --network n1 --ip 10.2.0.254 busybox true", "10.2.0.254")
		}},
		{"host_routes", "-o subnet:host_routes=`[['10.9.0.0/16','10.2.0.254'],['10.8.0.0/16','0.0.0.0']]` --subnet 10.2.0.0/24", "", func(h *host, s probe.State) {
			h.equal("route by next hop", via(s, "10.9.0.0/16").String(), "10.2.0.254")
			if r, ok := s.Route("10.8.0.0/16"); !ok || r.Via.IsValid() || r.Interface != "eth0" {
				h.t.Errorf("on-link route: %+v, %v", r, ok)
			}
		}},
		{"allocated range", "-o subnet:allocated_start=10.2.0.100 -o subnet:allocated_end=10.2.0.101 --subnet 10.2.0.0/24", "", func(h *host, s probe.State) {
			h.wantAddress(s, "10.2.0.100/24")
		}},
		{"ip-range", "--subnet 10.2.0.0/24 --ip-range 10.2.0.128/25", "", func(h *host, s probe.State) {
			h.wantAddress(s, "10.2.0.128/24")
		}},
		{"aux-address", "--subnet 10.2.0.0/24 --aux-address a=10.2.0.2 --aux-address b=10.2.0.3", "", func(h *host, s probe.State) {
			h.wantAddress(s, "10.2.0.4/24")
		}},
		{"ip and mac", "--subnet 10.2.0.0/24", "--ip 10.2.0.77 --mac-address 02:00:00:00:00:77", func(h *host, s probe.State) {
			h.wantAddress(s, "10.2.0.77/24")
			h.equal("MAC", s.Interface("eth0").MAC, "02:00:00:00:00:77")
		}},
		{"internal", "--internal --subnet 10.2.0.0/24", "", func(h *host, s probe.State) {
			h.equal("default route", via(s, "0.0.0.0/0"), netip.Addr{})
			h.equal("second interface", s.Interface("eth1").Name, "")
		}},
		{"ipv6", "--ipv6 --subnet 10.2.0.0/24 --subnet fd00:2::/64", "", func(h *host, s probe.State) {
			h.wantAddress(s, "10.2.0.2/24")
			h.wantAddress(s, "fd00:2::2/64")
		}},
		{"no subnet", "", "", func(h *host, s probe.State) {
			if a := s.Interface("eth0").Addresses; len(a) == 0 || a[0].Bits() != 24 || a[0].Addr().As4()[0] != 10 {
				h.t.Errorf("addresses %v, want one of 10.0.0.0/8 with /24", a)
			}
			h.equal("MTU", s.Interface("eth0").MTU, 1450)
		}},
		{"several subnets", "--subnet 10.2.0.0/24 --subnet 10.3.0.0/24", "", func(h *host, s probe.State) {
			// The docker command passes the subnets on in a random order.
			if a := s.Interface("eth0").Addresses; a[0].String() != "10.2.0.2/24" && a[0].String() != "10.3.0.2/24" {
				h.t.Errorf("addresses %v, want the first of a subnet", a)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := h.in(t)
			h.docker(create + c.create + " n1")
			defer func() { h.docker("rm -f c1 c2"); h.docker("network rm n1") }()
			s := h.start("c1", "--network n1 "+c.run)
			c.look(h, s)
			h.start("c2", "--network n1")
			for _, a := range s.Interface("eth0").Addresses {
				if !a.Addr().IsLinkLocalUnicast() {
					h.reach("c2", a.Addr().String())
				}
			}
		})
	}
}

// TestMetadata checks that options which vlcp does not know are kept, and that
// known ones are typed.
func TestMetadata(t *testing.T) {
	h := newHost(t)
	h.docker(create + "-o vni=10099 -o team=blue -o list=`[1,2]` -o subnet:rack=7 --subnet 10.2.0.0/24 n1")
	list := h.run("curl -sf http://localhost:8081/viperflow/listlogicalnetworks")
	for _, want := range []string{`"vni":10099`, `"team":"blue"`, `"list":[1,2]`} {
		if !strings.Contains(list, want) {
			t.Errorf("listlogicalnetworks does not hold %s: %s", want, list)
		}
	}
	if list := h.run("curl -sf http://localhost:8081/viperflow/listsubnets"); !strings.Contains(list, `"rack":"7"`) {
		t.Errorf("listsubnets does not hold the rack: %s", list)
	}
}

func (h *host) wantAddress(s probe.State, want string) {
	h.t.Helper()
	for _, a := range s.Interface("eth0").Addresses {
		if a.String() == want {
			return
		}
	}
	h.t.Errorf("addresses %v, want %s among them", s.Interface("eth0").Addresses, want)
}
