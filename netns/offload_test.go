package netns

import (
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

// read asks the kernel which offloads of an interface are on.
func read(t *testing.T, path, name string) map[string]bool {
	t.Helper()
	on := map[string]bool{}
	for offload, command := range offloads {
		v := ethtoolValue{command: command.get}
		if err := ethtool(path, name, &v); err != nil {
			t.Fatal(err)
		}
		on[offload] = v.data != 0
	}
	return on
}

func TestTxOffInAnotherNamespace(t *testing.T) {
	testenv.Root(t)
	ns, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	sandbox, err := New()
	if err != nil {
		t.Fatal(err)
	}
	defer sandbox.Close()

	for _, off := range []bool{false, true} { // the second adopts the first's pair
		err := ns.Do(func() error {
			return CreateVeth(t.Context(), Veth{Host: "v1", Peer: "eth0", Netns: sandbox.Path(), TxOff: off})
		})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{"tso": !off, "gso": !off, "sg": !off, "tx": !off}
		if got := read(t, sandbox.Path(), "eth0"); !maps.Equal(got, want) {
			t.Errorf("TxOff %v: peer has %v, want %v", off, got, want)
		}
		if host := read(t, ns.Path(), "v1"); !host["tx"] {
			t.Errorf("TxOff %v: the host's end has %v", off, host)
		}
	}
	checkEthtool(t, sandbox)
}

// checkEthtool asks ethtool(8) too.
func checkEthtool(t *testing.T, ns *Namespace) {
	t.Helper()
	if _, err := exec.LookPath("ethtool"); err != nil {
		t.Skipf("ethtool(8) is not asked: %v", err)
	}
	var out []byte
	err := ns.Do(func() (err error) {
		out, err = exec.Command("ethtool", "-k", "eth0").CombinedOutput()
		return err
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, feature := range []string{"tx-checksumming", "scatter-gather", "tx-tcp-segmentation", "tx-tcp6-segmentation", "generic-segmentation-offload"} {
		if !strings.Contains(string(out), feature+": off") {
			t.Errorf("ethtool doesn't say %s: off\n%s", feature, out)
		}
	}
}
