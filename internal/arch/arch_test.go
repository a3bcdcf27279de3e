package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/vlcp-go/vlcp"

// allowed lists, for each room of the house, the rooms that its packages may
// import. A room is a directory with all below it that is no room of its own;
// "" is the root. Its own room and internal are open to every package; what
// internal may import is left to Go, which refuses cycles.
var allowed = map[string][]string{
	"kvstore":        {},
	"ovs":            {},
	"netns":          {},
	"ipam":           {"kvstore"},
	"network":        {"ipam", "kvstore"},
	"network/plan":   {"network", "ipam", "kvstore", "ovs"},
	"network/webapi": {"network", "ipam", "kvstore"},
	"dockerdriver":   {"network", "ipam", "kvstore"},
	"":               {"network/plan", "network", "ipam", "kvstore", "ovs", "netns"},
	"examples":       {"", "network/plan", "network/webapi", "network", "ipam", "kvstore", "ovs", "netns", "dockerdriver"},
}

// siblings are packages that never import each other, but for the pairs in
// layered.
var (
	siblings = []string{"kvstore/memory", "kvstore/bolt", "kvstore/etcd", "kvstore/zookeeper", "kvstore/consul", "ovs/ovsdb", "ovs/vsctl", "ovs/openflow"}
	layered  = map[string]string{"ovs/ovsdb": "ovs/openflow"}
)

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			if to, ours := inside(imp); ours {
				from, _ := inside(p.ImportPath)
				checkRooms(t, from, to)
				checkSiblings(t, from, to)
			}
		}
	}
}

func checkRooms(t *testing.T, from, to string) {
	a, b := room(from), room(to)
	if a == b || a == "internal" || b == "internal" || slices.Contains(allowed[a], b) {
		return
	}
	t.Errorf("%q imports %q: %q may import only its own packages, internal and %q; see docs/architecture.md", from, to, a, allowed[a])
}

func checkSiblings(t *testing.T, from, to string) {
	if slices.Contains(siblings, from) && slices.Contains(siblings, to) && layered[from] != to {
		t.Errorf("%q imports %q: back-ends never import each other", from, to)
	}
}

// inside cuts the module's path off an import path.
func inside(path string) (rel string, ours bool) {
	if path == module {
		return "", true
	}
	return strings.CutPrefix(path, module+"/")
}

// room is the longest room that a package lies in.
func room(rel string) string {
	for dir := rel; dir != ""; dir = dir[:max(strings.LastIndex(dir, "/"), 0)] {
		if _, ok := allowed[dir]; ok || dir == "internal" {
			return dir
		}
	}
	return ""
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) (pkgs []pkg) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}
