package webapi_test

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentedCommands runs every command of docs/api.md as it stands there,
// in a shell, with a curl that is told where the test's port is. The first seven
// are those of the original's guide.
func TestDocumentedCommands(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("not run: curl is missing")
	}
	doc, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t)
	server, err := url.Parse(a.url)
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	curlrc := fmt.Sprintf("silent\nfail-with-body\nnoproxy = \"*\"\nmax-time = 60\nconnect-to = \"localhost:8081:%s\"\n", server.Host)
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte(curlrc), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"result":[{"id":"vxlan","type":"vxlan","vnirange":[[10000,20000]]}]}`,
		`{"result":[{"physicalnetwork":"vxlan","systemid":"%","bridge":"%","name":"vxlan0"}]}`,
		`{"result":[{"id":"vlan","type":"vlan","vlanrange":[[1000,2000]]}]}`,
		`{"result":[{"physicalnetwork":"vlan","systemid":"%","bridge":"%","name":"bond0"}]}`,
		`{"result":[{"id":"network_a","mtu":1450,"physicalnetwork":"vxlan","type":"vxlan","vni":10000}]}`,
		`{"result":[{"allocated_end":"192.168.1.254","allocated_start":"192.168.1.1","cidr":"192.168.1.0/24","gateway":"192.168.1.1","id":"subnet_a","network":"network_a"}]}`,
		`{"result":[` + port("192.168.1.2", "") + `]}`,

		`{"result":[{"id":"vlan","type":"vlan","vlanrange":[[1000,2000]]},{"id":"vxlan","type":"vxlan","vnirange":[[10000,20000]]}]}`,
		`{"result":[{"physicalnetwork":"vlan","systemid":"%","bridge":"%","name":"bond0"}]}`,
		`{"result":[{"id":"network_a","mtu":1450,"physicalnetwork":"vxlan","subnets":{"subnet_a":"192.168.1.0/24"},"type":"vxlan","vni":10000}]}`,
		`{"result":[` + port("192.168.1.2", "") + `]}`,

		`{"result":[{"id":"vlan","type":"vlan","vlanrange":[[1000,3000]],"rack":"r7"}]}`,
		`{"result":[` + port("192.168.1.9", `"hostname":"web1",`) + `]}`,
		`{"result":[{"id":"vlan","type":"vlan","vlanrange":[[1000,3000]]}]}`,

		`{"result":[{"allocated_end":"192.168.2.254","allocated_start":"192.168.2.1","cidr":"192.168.2.0/24","id":"subnet_b","network":"network_a"}]}`,
		`{"result":[{"id":"router1"}]}`,
		`{"result":[{"id":"router2"},{"id":"router3"}]}`,
		`{"result":[` + interfaceA + `]}`,
		`{"result":[` + interfaceB + `]}`,
		`{"result":[{"id":"router1","routes":[["10.0.0.0/8","192.168.1.9"]],` + interfaces + `}]}`,
		`{"result":[{"id":"router1",` + interfaces + `},{"id":"router2","site":"west"}]}`,
		`{"result":[{"id":"router1",` + interfaces + `}]}`,
		`{"result":[` + interfaceA + `,` + interfaceB + `]}`,
		ok,
		ok,
		ok,
		ok,
		"",

		ok,
		ok,
		ok,
		ok,
		ok,
		ok,

		`{"result":[{"id":"a","type":"native"},{"id":"b","type":"local"}]}`,
		ok,

		"",
		dc1(`[[1000,2000]]`, `{"row":7}`),
		bond1(""),
		blue(1500, `,"tenant":"acme"`),
		blue4(""),
		web1("10.1.0.2", ""),

		`{"id":"green","physicalnetwork":"dc1","type":"vlan","vlanid":1001,"mtu":1500,"subnets":{"green4":"10.2.0.0/24"}}`,

		`{"id":"edge","mac_address":"02:4d:e1:ca:09:52","tenant":"acme"}`,
		edgeBlue4(""),
		edgeGreen4,

		items(dc1(`[[1000,2000]]`, `{"row":7}`)),
		items(bond1("")),
		items(blue(1500, `,"tenant":"acme","subnets":{"blue4":"10.1.0.0/24"}`)),
		items(blue4(`,"router":"edge"`)),
		items(web1("10.1.0.2", "")),
		items(edge(`,"tenant":"acme"`)),
		items(edgeBlue4(""), edgeGreen4),
		items(""),

		dc1(`[[1000,2000]]`, `{"row":7}`),
		bond1(""),
		blue(1500, `,"tenant":"acme","subnets":{"blue4":"10.1.0.0/24"}`),
		blue4(`,"router":"edge"`),
		web1("10.1.0.2", ""),
		edge(`,"tenant":"acme"`),
		edgeBlue4(""),

		dc1(`[[1000,3000]]`, `{"row":7,"unit":4}`),
		bond1(`,"speed":25`),
		blue(1400, `,"subnets":{"blue4":"10.1.0.0/24"}`),
		blue4(`,"router":"edge","dns_nameservers":["10.1.0.3"]`),
		web1("10.1.0.9", `,"hostname":"web1"`),
		edge(`,"tenant":"acme","routes":[["10.9.0.0/16","10.2.0.9"]]`),
		edgeBlue4(`,"rack":"r7"`),

		`event: put
data: {"kind":"physical-networks","id":"dc1","object":{"id":"dc1","rack":{"row":7,"unit":4},"type":"vlan","vlanrange":[[1000,3000]]}}

event: put
data: {"kind":"physical-networks","id":"vxlan","object":{"id":"vxlan","type":"vxlan","vnirange":[[10000,20000]]}}

event: synced
data: {"kinds":["physical-networks"]}`,

		edge(`,"tenant":"acme"`),
		"", "", "", "", "", "", "", "", "",
	}
	commands := commandsOf(string(doc))
	if len(commands) != len(want) {
		t.Fatalf("%d commands, %d answers known", len(commands), len(want))
	}
	for i, line := range commands {
		out, err := runDocumented(t, line, home)
		if strings.HasSuffix(line, "/openapi.json") || strings.HasSuffix(line, "/discover") { // which have tests of their own
			out = strings.Trim(out[:1], "{")
		}
		if err != nil || canonical(out) != canonical(want[i]) {
			t.Errorf("%s\n%v: %s\nwant %s", line, err, out, want[i])
		}
	}
}

// runDocumented runs a command, and answers what it prints. One that follows the
// model is ended once it has told what there is.
func runDocumented(t *testing.T, line, home string) (string, error) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+line)
	cmd.Env = append(os.Environ(), "HOME="+home, "CURL_HOME="+home)
	if !strings.Contains(line, "/v1/watch") {
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	var text strings.Builder
	for lines := bufio.NewScanner(pipe); !strings.Contains(text.String(), "synced\ndata") && lines.Scan(); {
		if lines.Text() != ": " {
			text.WriteString(lines.Text() + "\n")
		}
	}
	cancel()
	_ = cmd.Wait() // it was killed
	return strings.TrimSpace(text.String()), nil
}

// The objects of the examples of /vrouterapi.
const (
	interfaceA = `{"id":"interface_a","router":"router1","subnet":"subnet_a","network":"network_a"}`
	interfaceB = `{"id":"interface_b","router":"router1","subnet":"subnet_b","network":"network_a","ip_address":"192.168.2.254"}`
	interfaces = `"interfaces":{"interface_a":"192.168.1.0/24","interface_b":"192.168.2.0/24"}`
)

// The objects of the examples of /v1.

func dc1(ranges, rack string) string {
	return fmt.Sprintf(`{"id":"dc1","type":"vlan","vlanrange":%s,"rack":%s}`, ranges, rack)
}

func bond1(more string) string {
	return fmt.Sprintf(`{"id":"bond1","physicalnetwork":"dc1","name":"bond1","systemid":"%%","bridge":"%%"%s}`, more)
}

func blue(mtu int, more string) string {
	return fmt.Sprintf(`{"id":"blue","physicalnetwork":"dc1","type":"vlan","vlanid":1000,"mtu":%d%s}`, mtu, more)
}

func blue4(more string) string {
	return fmt.Sprintf(`{"id":"blue4","network":"blue","cidr":"10.1.0.0/24","gateway":"10.1.0.1","allocated_start":"10.1.0.1","allocated_end":"10.1.0.254"%s}`, more)
}

func web1(address, more string) string {
	return fmt.Sprintf(`{"id":"web-1","network":"blue","mac_address":"02:00:00:00:00:09","addresses":[{"subnet":"blue4","ip_address":%q}]%s}`, address, more)
}

func edge(more string) string {
	return `{"id":"edge","mac_address":"02:4d:e1:ca:09:52","interfaces":{"edge-blue4":"10.1.0.0/24","edge-green4":"10.2.0.0/24"}` + more + "}"
}

func edgeBlue4(more string) string {
	return `{"id":"edge-blue4","router":"edge","subnet":"blue4","network":"blue"` + more + "}"
}

const edgeGreen4 = `{"id":"edge-green4","router":"edge","subnet":"green4","network":"green","ip_address":"10.2.0.254"}`

func items(all ...string) string { return `{"items":[` + strings.Join(all, ",") + `]}` }

// port is the port of the documentation, with this address and attributes.
func port(address, attributes string) string {
	return fmt.Sprintf(`{"addresses":[{"ip_address":%[1]q,"subnet":"subnet_a"}],%[2]s"id":"lgport-1-1","ip_address":%[1]q,
		"mac_address":"02:00:00:00:00:01","network":"network_a","subnet":"subnet_a"}`, address, attributes)
}

// commandsOf are the lines that are shown as commands.
func commandsOf(doc string) (all []string) {
	for line := range strings.Lines(doc) {
		if command, shown := strings.CutPrefix(line, "    curl "); shown {
			all = append(all, "curl "+strings.TrimSpace(command))
		}
	}
	return all
}
