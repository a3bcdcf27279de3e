package host_test

import (
	"bytes"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/internal/host"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
)

// TestAbsentHost has a host whose agent dies: after ten minutes what it asked for
// and never used is free, and what packets need is there, until an operator
// removes the host.
func TestAbsentHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data, log := memory.New(), &text{}
		f := newFixture(t, data, "h1", log.of)
		f.network("n")
		net, err := f.Network(t.Context(), "n")
		f.ok(err)
		pool := net.Subnets[0].Pool
		const claims, forwarding = "ipam/ip/", "host/ net/n/port/ tunnel/"

		other := newFixture(t, data, "h2", func(c *host.Config) { c.TunnelIP = netip.MustParseAddr("192.0.2.2") })
		other.eventually("h2 is announced", func() bool { hosts, _ := f.Model.Hosts(t.Context()); return len(hosts) == 2 })
		_, err = other.IPAM.RequestAddress(t.Context(), pool, ipam.AddressRequest{Address: netip.MustParseAddr("10.0.0.7")})
		f.ok(err)
		_, err = other.Model.CreatePorts(t.Context(), network.Port{ID: "p", Network: "n", Owner: network.Owner{Host: "h2"},
			Addresses: []network.Address{{Address: netip.MustParseAddr("10.0.0.8")}}, Location: network.Location{Host: "h2"}})
		f.ok(err)
		other.end()

		f.wait(9 * time.Minute)
		f.wantBelow("before ten minutes", claims, claims+pool+"/10.0.0.7", claims+pool+"/10.0.0.8")
		f.faults.always(kvtest.Unavailable)
		f.wait(time.Minute)
		f.faults.always(kvtest.None)
		f.wait(9 * time.Minute)
		f.wantBelow("when the store was away meanwhile", claims, claims+pool+"/10.0.0.7", claims+pool+"/10.0.0.8")
		f.wait(30 * time.Minute)
		f.wantBelow("after ten minutes", claims, claims+pool+"/10.0.0.8")
		f.wantBelow("after ten minutes", forwarding, "host/h1", "host/h2", "net/n/port/p", "tunnel/192.0.2.2")
		if n := strings.Count(log.String(), "vlcp host remove"); n != 1 {
			t.Errorf("said %d times:\n%s", n, log)
		}

		f.ok(f.Model.RemoveHost(t.Context(), "h2"))
		f.wantBelow("once removed", claims)
		f.wantBelow("once removed", forwarding, "host/h1", "host/h2")
		f.wait(15 * time.Minute)
		f.wantBelow("in the end", forwarding, "host/h1")
	})
}

// wait waits, and until what happens then has happened.
func (f *fixture) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// wantBelow checks which keys there are below some prefixes.
func (f *fixture) wantBelow(when, prefixes string, want ...string) {
	f.Helper()
	var got []string
	for prefix := range strings.SplitSeq(prefixes, " ") {
		entries, err := f.data.List(f.Context(), prefix)
		f.ok(err)
		for _, e := range entries {
			got = append(got, e.Key)
		}
	}
	if !slices.Equal(got, want) {
		f.Errorf("%s: %v, want %v", when, got, want)
	}
}

// text is a log.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *text) of(c *host.Config) { c.Log = slog.New(slog.NewTextHandler(l, nil)) }

func (l *text) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *text) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestOneName has two hosts with the name of this machine.
func TestOneName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		data, log := memory.New(), &text{}
		f := newFixture(t, data, "h1", log.of)
		f.wait(time.Second)
		other := newFixture(t, data, "h2", func(c *host.Config) { c.TunnelIP = netip.MustParseAddr("192.0.2.2") })
		f.wait(5 * time.Minute)
		other.end()
		f.wait(5 * time.Minute)
		said := log.String()
		if strings.Count(said, "two hosts have one name") != 1 || !strings.Contains(said, "other=h2") {
			t.Errorf("the log says:\n%s", said)
		}
	})
}
