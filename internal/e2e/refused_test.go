package e2e

import "testing"

// TestRefused gives what must be refused, and checks that the error says what
// is wrong and that nothing is left.
func TestRefused(t *testing.T) {
	h := newHost(t)
	before := h.traces()
	for _, c := range []struct {
		name, options string
		says          []string
	}{
		{"mtu no number", "-o mtu=many", []string{"mtu"}},
		{"mtu too large", "-o mtu=9000", []string{"1450"}},
		{"vni outside", "-o vni=5", []string{"5"}},
		{"unknown physical network", "-o physicalnetwork=nowhere", []string{"nowhere"}},
		{"gateway outside", "--gateway 10.3.0.1", []string{"10.3.0.1"}},
		{"range upside down", "-o subnet:allocated_start=10.2.0.9 -o subnet:allocated_end=10.2.0.3", []string{"10.2.0.9", "10.2.0.3"}},
		{"range outside", "-o subnet:allocated_start=10.9.0.9", []string{"10.9.0.9"}},
		{"id", "-o id=mine", []string{"id"}},
		{"bad literal", "-o subnet:host_routes=`[[`", []string{"host_routes"}},
		{"bad literal of an option that is only kept", "-o color=`[[`", []string{"-o color", "backquotes"}},
		{"vlan id on a vxlan network", "-o vlanid=100", []string{"vlanid"}},
		{"bad routes", "-o subnet:host_routes=`[['nowhere','10.2.0.1']]`", []string{"host_routes"}},
		{"bad boolean", "-o subnet:disablegateway=maybe", []string{"disablegateway"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h.in(t).refused(create+"--subnet 10.2.0.0/24 "+c.options+" n1", c.says...)
		})
	}
	h.refused(create+"--subnet 10.2.0.7/24 n1", "10.2.0.0/24")
	for _, id := range []string{"east", "west"} {
		h.api("createphysicalnetwork", "type=vxlan&vnirange=`[[1,9]]`&id="+id)
	}
	h.refused(create+"n1", "physicalnetwork", "east", "west")
	for _, id := range []string{"east", "west"} {
		h.api("deletephysicalnetwork", "id="+id)
	}
	h.asBefore(before)
	h.equal("keys in the store", len(h.stored()), 1)
}

// TestRefusedEndpoints gives endpoints that must be refused.
func TestRefusedEndpoints(t *testing.T) {
	h := newHost(t)
	h.docker(create + "-o vni=10001 --subnet 10.2.0.0/24 --gateway 10.2.0.1 n1")
	h.refused(create+"-o vni=10001 --subnet 10.3.0.0/24 n2", "10001")
	h.start("c1", "--network n1 --ip 10.2.0.5 --mac-address 02:00:00:00:00:05")
	for _, c := range []struct{ name, options, says string }{
		{"address taken", "--ip 10.2.0.5", "10.2.0.5"},
		{"the gateway's address", "--ip 10.2.0.1", "10.2.0.1"},
		{"mac of a group", "--mac-address 01:00:00:00:00:05", "--mac-address 01:00:00:00:00:05"},
		{"mac taken", "--mac-address 02:00:00:00:00:05", "02:00:00:00:00:05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := h.in(t)
			h.refused("run -d --name bad --network n1 "+c.options+" busybox", c.says)
			h.docker("rm -f bad")
		})
	}
	h.docker("create --name bad busybox")
	h.docker("network connect --driver-opt antispoof=maybe n1 bad")
	h.refused("start bad", "--driver-opt antispoof")
	h.docker("rm -f bad")
	h.refused("network rm n1", "active endpoints")
	h.docker("rm -f c1")
	h.docker("network rm n1")
	h.equal("keys in the store", len(h.stored()), 1)
}
