package host_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// TestAbandonedPorts has Docker forget ports: what no container has goes, with
// the claim of its address. What is another's stays.
func TestAbandonedPorts(t *testing.T) {
	testenv.Root(t)
	sandbox, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	defer sandbox.Close()
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, memory.New(), "h1", nil)
		f.network("n")
		before := f.traces()
		net, err := f.Network(t.Context(), "n")
		f.ok(err)
		for _, p := range []struct{ id, face, netns string }{
			{"joined", "docker", sandbox.Path()},
			{"never joined", "docker", ""},
			{"a user's", "", ""},
		} {
			a, err := f.IPAM.RequestAddress(t.Context(), net.Subnets[0].Pool, ipam.AddressRequest{})
			f.ok(err)
			f.plugAs(p.id, p.face, p.netns, a.Addr())
		}
		// Nobody on this host can tell whether another host's port is abandoned.
		_, err = f.Model.CreatePorts(t.Context(), network.Port{ID: "remote", Network: "n", Owner: network.Owner{Face: "docker", Host: "h2"}})
		f.ok(err)

		time.Sleep(20 * time.Second)
		f.wantPorts("at first", "a user's", "joined", "never joined", "remote")
		time.Sleep(15 * audit)
		f.wantPorts("after a while", "a user's", "joined", "remote")
		f.ok(sandbox.Close())
		for f.interfaces() > 2 { // in the kernel's time, not in the test's
		}
		time.Sleep(15 * audit)
		f.wantPorts("when the container is gone", "a user's", "remote")
		f.ok(f.Unplug(t.Context(), "a user's"))
		f.ok(f.Model.DeletePorts(t.Context(), "remote"))
		f.ok(f.IPAM.ReleaseAddress(t.Context(), net.Subnets[0].Pool, netip.MustParseAddr("10.0.0.3")))
		f.asBefore(before)
	})
}

func (f *fixture) plugAs(id, face, netns string, a netip.Addr) {
	f.Helper()
	p := plug(id, "n")
	p.Netns, p.Port.Owner.Face, p.Port.Addresses = netns, face, []network.Address{{Address: a}}
	_, err := f.Plug(f.Context(), p)
	f.ok(err)
}

// interfaces counts the ends of ports in the host's namespace.
func (f *fixture) interfaces() int {
	f.Helper()
	links, err := netns.Links(f.Context(), "vlcp")
	f.ok(err)
	return len(links)
}

func (f *fixture) wantPorts(when string, want ...string) {
	f.Helper()
	synctest.Wait()
	ports, err := f.Model.Ports(f.Context(), "n")
	f.ok(err)
	var got []string
	for _, p := range ports {
		got = append(got, p.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("%s (-want +got):\n%s", when, diff)
	}
}
