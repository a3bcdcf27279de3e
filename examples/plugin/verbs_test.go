package main

import (
	"bufio"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

// TestVerbsOnARunningAgent manages a network beside Docker's, on the agent's socket.
func TestVerbsOnARunningAgent(t *testing.T) {
	ovs := testenv.OVS(t)
	d := newDaemon(t, "--ovs-database", ovs.DB, "--datapath", "netdev", "--tunnel-ip", "127.0.0.1")
	api := "unix://" + filepath.Join(d.dir, "api.sock")
	certs := testenv.NewCerts(t)
	d.cmd.Args = append(d.cmd.Args, "--api", api, "--api", "0.0.0.0:0", "--api-tls-cert", certs.ServerCert, "--api-tls-key", certs.ServerKey,
		"--api-tokens", file(t, "ci 0123456789abcdef\n"))
	ovs.Do(func() {
		setUp(t, "lo")
		d.start()
	})
	if got := d.call("NetworkDriver.CreateNetwork", createNetwork); got != "{}\n" {
		t.Fatal(got)
	}
	overTLS(t, ovs, d, certs.CA)
	changes := watchNetworks(t, api)
	for _, step := range []struct{ command, want string }{
		{"network create --subnet 192.168.1.0/24 --gateway 192.168.1.1 blue", `^blue\n$`},
		{"network list", `(?s)^ID  .*\nblue +vxlan +vxlan +10001 .* 192.168.1.0/24\ndocker-n1-lognet +vxlan +vxlan +10000 .* 10.1.0.0/24\n$`},
		{"port create --network blue --ip 192.168.1.7 web-1", `^web-1\n$`},
		{"port list --filter network=blue", `(?s)\nweb-1 +blue +02:[0-9a-f:]{14} +192.168.1.7\n$`},
		{"network delete blue", `^vlcp: delete logical network blue: must delete all logical ports of this logical network first: web-1\n$`},
		{"host list", `(?s)^ID +NAME +TUNNEL +ALIVE\n\S+ +\S+ +127.0.0.1 +yes\n$`},
		{"physical network show vxlan -o json", `"auto": true`},
		{"port delete web-1", `^web-1\n$`},
		{"subnet create --network blue --cidr 192.168.2.0/24 --gateway 192.168.2.1 blue2", `^blue2\n$`},
		{"router create edge", `^edge\n$`},
		{"router connect --id edge-2 edge blue2", `^edge-2\n$`},
		{"router list", `(?s)^ID  .*\nedge +02:[0-9a-f:]{14} +192.168.2.0/24\n$`},
		{"subnet delete blue2", `^vlcp: delete subnet blue2: subnet "blue2" is in virtual router "edge": disconnect it there first\n$`},
		{"router disconnect edge blue2", `^edge-2\n$`},
		{"router delete edge", `^edge\n$`},
		{"network delete blue", `^blue\n$`},
		{"network show blue", `^vlcp: read logical network blue: logical network "blue" does not exist; see vlcp network list\n$`},
	} {
		out, _ := program(t, append(strings.Fields(step.command), "--api", api)...).CombinedOutput() // an error is in it
		if !matches(step.want, string(out)) {
			t.Errorf("vlcp %s: %s, want %s", step.command, out, step.want)
		}
	}
	for _, want := range []string{"created   network blue", "deleted   network blue"} {
		for changes.Scan() && strings.HasPrefix(changes.Text(), "changed") { // it is marked before it is deleted
		}
		if changes.Text() != want {
			t.Errorf("the watch says %s, %v; want %s", changes.Text(), changes.Err(), want)
		}
	}
	d.stop()
	ovs.Do(d.restart)
	for _, want := range []string{"resumed", "deleted   network docker-n1-lognet"} { // its store was in its memory
		if !changes.Scan() || changes.Text() != want {
			t.Errorf("the watch goes on with %s, %v; want %s", changes.Text(), changes.Err(), want)
		}
	}
}

// overTLS lists networks from afar, with the token and without.
func overTLS(t *testing.T, ovs *testenv.OVSInstance, d *process, authority string) {
	t.Helper()
	args := []string{"network", "list", "-q", "--api", "https://127.0.0.1:" + d.log.await(t, `management API.* address=\S*(?:\[::\]|0\.0\.0\.0):(\d+)`), "--api-ca", authority}
	for token, want := range map[string]string{
		"0123456789abcdef\n": `^docker-n1-lognet\n$`,
		"another one":        `^vlcp: .*; give the agent's token with --api-token-file FILE\n$`,
	} {
		var out []byte // an error is in it
		ovs.Do(func() {
			out, _ = program(t, append(args, "--api-token-file", file(t, token))...).CombinedOutput()
		})
		if !matches(want, string(out)) {
			t.Errorf("with the token %s: %s", token, out)
		}
	}
}

// watchNetworks starts vlcp watch, and returns when it has seen what exists.
func watchNetworks(t *testing.T, api string) *bufio.Scanner {
	t.Helper()
	cmd := program(t, "watch", "--all", "networks", "--api", api)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "exists    network docker-n1-lognet" {
		t.Fatalf("the watch begins with %s, %v", lines.Text(), lines.Err())
	}
	return lines
}
