package plan_test

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
	"github.com/vlcp-go/vlcp/ovs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden compares the flows of small, whole worlds with testdata/NAME.flows,
// in the syntax of ovs-ofctl, without the cookies.
func TestGolden(t *testing.T) {
	off := false
	inLocal := func(p *plan.Plan) {
		p.SetNetwork(net(1, network.Local, 0))
		plug(p, port("a", 1, "10.0.0.2", "fd00::2"), 3)
		plug(p, port("b", 1, "10.0.0.3"), 70)
		p.SetPort(port("unplugged", 1, "10.0.0.4"))
	}
	tests := map[string]func(p *plan.Plan){
		"nothing": func(p *plan.Plan) {},
		"no-port-here": func(p *plan.Plan) {
			p.SetUplink("phys", 9)
			p.SetNetwork(net(1, network.VLAN, 101))
			p.SetPort(port("a", 1, "10.0.0.2"))
		},
		"local":  inLocal,
		"kernel": inLocal,
		"vlan": func(p *plan.Plan) {
			p.SetUplink("phys", 9)
			p.SetNetwork(net(1, network.VLAN, 101))
			plug(p, port("a", 1, "10.0.0.2", "fd00::2"), 3)
			p.SetPort(port("elsewhere", 1, "10.0.0.4"))
		},
		"native": func(p *plan.Plan) {
			p.SetUplink("phys", 9)
			p.SetNetwork(net(1, network.Native, 0))
			plug(p, port("a", 1, "10.0.0.2", "fd00::2"), 3)
		},
		"native-unknown-address": func(p *plan.Plan) {
			p.SetUplink("phys", 9)
			p.SetNetwork(net(1, network.Native, 0))
			plug(p, port("a", 1), 3)
		},
		"vxlan": func(p *plan.Plan) {
			p.SetUplink("phys", 9)
			p.SetNetwork(net(1, network.VXLAN, 10001))
			plug(p, port("a", 1, "10.0.0.2", "fd00::2"), 3)
			remote(p, port("b", 1, "10.0.0.3"), "h2")
			remote(p, port("c", 1, "10.0.0.4"), "h3")
			p.SetHost("h2", netip.MustParseAddr("192.0.2.2"))
			p.SetHost("h3", netip.MustParseAddr("2001:db8::3"))
			p.SetMember("net1", "h2")
			p.SetMember("net1", "h3")
		},
		"antispoof-off": func(p *plan.Plan) {
			n := net(1, network.Local, 0)
			n.AntiSpoof = &off
			p.SetNetwork(n)
			plug(p, port("a", 1, "10.0.0.2"), 3)
		},
		"allowed-and-next-hop": func(p *plan.Plan) {
			p.SetNetwork(net(1, network.Local, 0))
			p.SetSubnet(network.Subnet{ID: "s", Network: "net1", HostRoutes: []network.Route{
				{Destination: netip.MustParsePrefix("172.16.0.0/12"), NextHop: netip.MustParseAddr("10.0.0.2")},
				{Destination: netip.MustParsePrefix("10.9.0.0/16"), NextHop: netip.MustParseAddr("0.0.0.0")},
			}})
			a := port("a", 1, "10.0.0.2")
			a.Allowed = []netip.Prefix{netip.MustParsePrefix("10.0.0.100/32"), netip.MustParsePrefix("fd00:1::/64")}
			plug(p, a, 3)
		},
		"routers":        routers,
		"routers-kernel": routers,
	}
	for name, tell := range tests {
		t.Run(name, func(t *testing.T) {
			p := plan.New(plan.Config{Host: "h1", Datapath: map[bool]string{true: "system"}[strings.HasSuffix(name, "kernel")]})
			tell(p)
			golden(t, name, p.Flows())
		})
	}
}

var cookie = regexp.MustCompile(`^cookie=0x766c[0-9a-f]{12},`)

// golden compares flows with a file.
func golden(t *testing.T, name string, flows []ovs.Flow) {
	t.Helper()
	var b strings.Builder
	for _, f := range flows {
		text := f.String()
		if !cookie.MatchString(text) {
			t.Errorf("not stamped: %s", text)
		}
		if strings.Contains(text, ",nd_") && !strings.Contains(text, ",icmpv6_code=0,") {
			t.Errorf("fields of neighbour discovery without the code, which is too little for the kernel: %s", text)
		}
		b.WriteString(cookie.ReplaceAllString(text, "") + "\n")
	}
	file := filepath.Join("testdata", name+".flows")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("flows (-want +got; go test -update writes the file anew):\n%s", diff)
	}
}
