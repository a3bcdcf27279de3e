package webapi_test

import (
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

		ok,
		ok,
		ok,
		ok,
		ok,

		`{"result":[{"id":"a","type":"native"},{"id":"b","type":"local"}]}`,
		ok,
	}
	commands := commandsOf(string(doc))
	if len(commands) != len(want) {
		t.Fatalf("%d commands, %d answers known", len(commands), len(want))
	}
	for i, line := range commands {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Env = append(os.Environ(), "HOME="+home, "CURL_HOME="+home)
		out, err := cmd.CombinedOutput()
		if err != nil || canonical(string(out)) != canonical(want[i]) {
			t.Errorf("%s\n%v: %s\nwant %s", line, err, out, want[i])
		}
	}
}

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
