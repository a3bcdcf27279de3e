package main

import (
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

// TestVerbsOnARunningAgent manages a network beside Docker's.
func TestVerbsOnARunningAgent(t *testing.T) {
	ovs := testenv.OVS(t)
	d := newDaemon(t, "--ovs-database", ovs.DB, "--datapath", "netdev", "--tunnel-ip", "127.0.0.1")
	ovs.Do(func() {
		setUp(t, "lo")
		d.start()
	})
	api := "--api=" + d.log.await(t, `management API.* address=(\S+)`)
	vlcp := func(args ...string) string {
		t.Helper()
		var out []byte // an error is in it
		ovs.Do(func() { out, _ = program(t, append(args, api)...).CombinedOutput() })
		return string(out)
	}
	if got := d.call("NetworkDriver.CreateNetwork", createNetwork); got != "{}\n" {
		t.Fatal(got)
	}
	for _, step := range []struct{ command, want string }{
		{"network create --subnet 192.168.1.0/24 --gateway 192.168.1.1 blue", `^blue\n$`},
		{"network list", `(?s)^ID  .*\nblue +vxlan +vxlan +10001 .* 192.168.1.0/24\ndocker-n1-lognet +vxlan +vxlan +10000 .* 10.1.0.0/24\n$`},
		{"port create --network blue --ip 192.168.1.7 web-1", `^web-1\n$`},
		{"port list --filter network=blue", `(?s)\nweb-1 +blue +02:[0-9a-f:]{14} +192.168.1.7\n$`},
		{"network delete blue", `^vlcp: delete network blue: it has 1 ports, such as web-1: delete them first`},
		{"host list", `(?s)^ID +NAME +TUNNEL +ALIVE\n\S+ +\S+ +127.0.0.1 +yes\n$`},
		{"physical network show vxlan -o json", `"auto": true`},
		{"port delete web-1", `^web-1\n$`},
		{"network delete blue", `^blue\n$`},
		{"network show blue", `^vlcp: read logical network blue: logical network "blue" does not exist; see vlcp network list\n$`},
	} {
		if got := vlcp(strings.Fields(step.command)...); !matches(step.want, got) {
			t.Errorf("vlcp %s: %s, want %s", step.command, got, step.want)
		}
	}
	d.stop()
}
