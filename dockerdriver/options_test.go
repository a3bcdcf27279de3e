package dockerdriver

import (
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vlcp-go/vlcp/network"
)

type values = map[string]any

var (
	equateNetip = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})
	allFields   = cmp.AllowUnexported(options{})
)

func addr(s string) netip.Addr     { return netip.MustParseAddr(s) }
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// generic are the options of CreateNetwork with these of the user.
func generic(user values) values { return values{optionGeneric: user} }

func TestParseOptions(t *testing.T) {
	off := false
	for name, tt := range map[string]struct {
		docker values
		want   options
	}{
		"none":        {nil, options{}},
		"not given":   {values{optionGeneric: nil, optionInternal: false}, options{}},
		"internal":    {values{optionInternal: true}, options{internal: true}},
		"the guide's": {generic(values{"physicalnetwork": "vxlan", "mtu": "1450"}), options{network: network.Network{Physical: "vxlan", MTU: 1450}}},
		"literals": {generic(values{"mtu": "`1450`", "vni": "`10001`", "antispoof": "`False`", "tags": "`['a', 1]`", "note": "`unclosed"}),
			options{network: network.Network{MTU: 1450, Type: network.VXLAN, Segment: 10001, AntiSpoof: &off,
				Meta: values{"tags": []any{"a", int64(1)}, "note": "`unclosed"}}}},
		"not text":      {generic(values{"mtu": float64(1450), "tags": []any{"a"}}), options{network: network.Network{MTU: 1450, Meta: values{"tags": []any{"a"}}}}},
		"alias of mtu":  {generic(values{optionMTU: "1400"}), options{network: network.Network{MTU: 1400}}},
		"alias as well": {generic(values{optionMTU: "1400", "mtu": "1400"}), options{network: network.Network{MTU: 1400}}},
		"subnet": {generic(values{"subnet:allocated_start": "192.168.1.10", "subnet:disablegateway": "`True`", "subnet:color": "red"}),
			options{hasSubnet: true, subnet: network.Subnet{Start: addr("192.168.1.10"), DisableGateway: true, Meta: values{"color": "red"}}}},
		"router": {generic(values{"router": "office", "mtu": "1400"}), options{router: "office", network: network.Network{MTU: 1400}}},
		"attach": {generic(values{"network": "net1"}), options{attach: "net1"}},
	} {
		got, err := parseOptions(tt.docker)
		if diff := cmp.Diff(tt.want, got, equateNetip, allFields); err != nil || diff != "" {
			t.Errorf("%s: %v, (-want +got)\n%s", name, err, diff)
		}
	}
}

func TestParseOptionsRefuses(t *testing.T) {
	for want, docker := range map[string]values{
		"com.docker.network.generic: want an object, not string":                                                                     {optionGeneric: "mtu=1450"},
		`-o mtu: "big" is not a number of bytes from 68 to 65535, such as 1450`:                                                      generic(values{"mtu": "big"}),
		"-o mtu: the value in backquotes can't be read: value missing at character 1; write for example '`True`' or '`[\"a\", 1]`'":  generic(values{"mtu": "``"}),
		"-o mtu=1450 and -o com.docker.network.driver.mtu=1400: give one of them":                                                    generic(values{"mtu": "1450", optionMTU: "1400"}),
		"-o vlanid: can't be given together with vni":                                                                                generic(values{"vni": "1", "vlanid": "1"}),
		"-o id: the id of a network made by Docker can't be chosen; to use an existing logical network give its id as -o network=ID": generic(values{"id": "x"}),
		"-o number: is set by vlcp itself and can't be given":                                                                        generic(values{"number": "5"}),
		"-o subnet:id: it follows from the network and its --subnet, and can't be given":                                             generic(values{"subnet:id": "x"}),
		"-o subnet:cidr: it follows from the network and its --subnet, and can't be given":                                           generic(values{"subnet:cidr": "10.0.0.0/8"}),
		`-o subnet:allocated_end: "192.168.1" is not an address, such as 192.168.1.99`:                                               generic(values{"subnet:allocated_end": "192.168.1"}),
		`-o subnet:host_routes: "10.0.0.0/8" is not a list of [destination, next hop], such as [["10.0.0.0/8", "192.168.1.254"]]`:    generic(values{"subnet:host_routes": "10.0.0.0/8"}),
		"-o router: give the id of a virtual router, such as -o router=office; vlcp router list shows what there is":                 generic(values{"router": "`5`"}),
		"-o network: give the id of a logical network, such as -o network=net1":                                                      generic(values{"network": ""}),
	} {
		if _, err := parseOptions(docker); err == nil || err.Error() != want {
			t.Errorf("%v: %v\nwant %s", docker, err, want)
		}
	}
}

func TestPlace(t *testing.T) {
	bare := func() []network.Subnet {
		return []network.Subnet{
			{ID: "6", Prefix: prefix("fd00::/64")},
			{ID: "4", Prefix: prefix("192.168.1.0/24"), Gateway: addr("192.168.1.1"), AutoGateway: true},
			{ID: "4b", Prefix: prefix("192.168.2.0/24")},
		}
	}
	via4 := network.Route{Destination: prefix("10.0.0.0/8"), NextHop: addr("192.168.2.254")}
	via6 := network.Route{Destination: prefix("2001:db8::/32"), NextHop: addr("fd00::1")}
	onLink := network.Route{Destination: prefix("10.1.0.0/16"), NextHop: addr("0.0.0.0")}
	got := bare()
	err := options{hasSubnet: true, subnet: network.Subnet{
		External: true, DisableGateway: true, Gateway: addr("192.168.1.254"), Start: addr("192.168.2.10"), End: addr("fd00::99"),
		HostRoutes: []network.Route{via4, via6, onLink}, DHCP: network.DHCP{DomainName: "example.com"}, Meta: values{"color": "red"},
	}}.place(got)
	want := bare()
	want[0].End, want[0].HostRoutes = addr("fd00::99"), []network.Route{via6}
	want[1].External, want[1].DomainName, want[1].Meta = true, "example.com", values{"color": "red"}
	want[1].Gateway, want[1].AutoGateway, want[1].HostRoutes = addr("192.168.1.254"), false, []network.Route{onLink}
	want[2].Start, want[2].HostRoutes = addr("192.168.2.10"), []network.Route{via4}
	for i := range want {
		want[i].DisableGateway = true
	}
	if diff := cmp.Diff(want, got, equateNetip); err != nil || diff != "" {
		t.Errorf("%v, (-want +got)\n%s", err, diff)
	}
}

func TestPlaceInternal(t *testing.T) {
	got := []network.Subnet{{Prefix: prefix("192.168.1.0/24")}}
	if err := (options{internal: true}).place(got); err != nil || !got[0].DisableGateway {
		t.Errorf("%v %v", got, err)
	}
}

func TestPlaceRefuses(t *testing.T) {
	for want, tt := range map[string]struct {
		prefix string
		subnet network.Subnet
	}{
		"-o subnet:…: the network has no subnet, leave these options out or use --ipam-driver vlcp": {},
		"-o subnet:allocated_start: 10.0.0.1 is in none of the network's subnets (192.168.1.0/24)":  {"192.168.1.0/24", network.Subnet{Start: addr("10.0.0.1")}},
		"-o subnet:gateway: fd00::1 is in none of the network's subnets (192.168.1.0/24)":           {"192.168.1.0/24", network.Subnet{Gateway: addr("fd00::1")}},
		"-o subnet:host_routes: the next hop 192.168.2.1 of 10.0.0.0/8 is in none of the network's subnets (192.168.1.0/24)": {
			"192.168.1.0/24", network.Subnet{HostRoutes: []network.Route{{Destination: prefix("10.0.0.0/8"), NextHop: addr("192.168.2.1")}}}},
		"-o subnet:host_routes: the network has no subnet of the family of 10.0.0.0/8": {
			"fd00::/64", network.Subnet{HostRoutes: []network.Route{{Destination: prefix("10.0.0.0/8"), NextHop: addr("0.0.0.0")}}}},
	} {
		var subnets []network.Subnet
		if tt.prefix != "" {
			subnets = []network.Subnet{{Prefix: prefix(tt.prefix)}}
		}
		err := options{hasSubnet: true, subnet: tt.subnet}.place(subnets)
		if err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	if err := (options{router: "office"}).place(nil); err == nil || err.Error() != "-o router: the network has no subnet, leave this option out or use --ipam-driver vlcp" {
		t.Error(err)
	}
}

// optionExample finds -o 'NAME=VALUE', -o NAME='VALUE' and -o NAME=VALUE.
var optionExample = regexp.MustCompile("-o (?:'([a-z_:]+)=([^']*)'|([a-z_:]+)='([^']*)'|([a-z_:]+)=([^ ,`]+))")

// Every example of the documentation is one.
func TestDocumentedOptions(t *testing.T) {
	text, err := os.ReadFile("../docs/docker.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for l := range strings.Lines(string(text)) {
		for _, m := range optionExample.FindAllStringSubmatch(l, -1) {
			name, value := m[1]+m[3]+m[5], m[2]+m[4]+m[6]
			if !strings.HasPrefix(l, "| `") || name == optionNetwork {
				continue
			}
			examples++
			o, err := parseOptions(generic(values{name: value}))
			if _, isMeta := o.network.Meta[name]; err != nil || isMeta {
				t.Errorf("-o %s=%s: %v, metadata: %v", name, value, err, isMeta)
			}
		}
	}
	if examples < 20 {
		t.Errorf("only %d examples", examples)
	}
}
