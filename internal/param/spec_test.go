package param

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/network"
)

func TestSpec(t *testing.T) {
	params := values{"id": "blue", "mtu": int64(1400), "rack": "r7", "router": "edge", "subnets": []any{
		values{"cidr": "10.1.0.0/24", "gateway": "10.1.0.1", "zone": "a"}, values{"id": "six", "cidr": "fd00::/64"},
	}}
	got, err := Spec(params)
	want := network.Spec{
		Network: network.Network{ID: "blue", MTU: 1400, Meta: values{"rack": "r7"}},
		Subnets: []network.Subnet{
			{Prefix: netip.MustParsePrefix("10.1.0.0/24"), Gateway: addr("10.1.0.1"), Meta: values{"zone": "a"}},
			{ID: "six", Prefix: netip.MustParsePrefix("fd00::/64")},
		},
		Router: "edge",
	}
	if diff := cmp.Diff(want, got, equateNetip); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	if _, kept := params["subnets"]; !kept {
		t.Error("the parameters were changed")
	}
	for _, none := range []values{{"id": "blue"}, {"id": "blue", "subnets": nil}, {"id": "blue", "subnets": []any{}, "router": nil}} {
		if got, err := Spec(none); err != nil || len(got.Subnets) != 0 || got.Network.Meta != nil {
			t.Errorf("%v: %v, %v", none, got, err)
		}
	}
}

func TestRefusalsOfSpecs(t *testing.T) {
	for want, subnets := range map[string]any{
		`subnets: {"b4":"10.1.0.0/24"} is not a list of subnets, such as [{"cidr": "192.168.1.0/24"}]`: values{"b4": "10.1.0.0/24"},
		`subnets: ["10.1.0.0/24"] is not a list of subnets, such as [{"cidr": "192.168.1.0/24"}]`:      []any{"10.1.0.0/24"},
		`subnets.0.cidr: is missing: give a network, such as 192.168.1.0/24`:                           []any{values{}},
		`subnets.1.gateway: "x" is not an address, such as 192.168.1.1`:                                []any{values{"cidr": "10.1.0.0/24"}, values{"gateway": "x"}},
		`subnets.0.network: is the one that is created: leave it out`:                                  []any{values{"cidr": "10.1.0.0/24", "network": "blue"}},
		`subnets.0.pool: is set by vlcp itself and can't be given`:                                     []any{values{"cidr": "10.1.0.0/24", "pool": "x"}},
	} {
		if _, err := Spec(values{"id": "blue", "subnets": subnets}); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := Spec(values{"router": ""}); err == nil || err.Error() != `router: "" is not the id of a virtual router, such as "router1"` {
		t.Errorf("%v", err)
	}
	if _, err := Spec(values{"mtu": "big"}); err == nil || err.Error() != `mtu: "big" is not a number of bytes from 68 to 65535, such as 1450` {
		t.Errorf("%v", err)
	}
}
