package host_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/internal/host"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
)

const audit = time.Minute

// The store may come later than the agent.
func TestStoreAwayAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, memory.New(), "h1", func(c *host.Config) {
			start := time.Now()
			c.Store = kvtest.NewFaulty(c.Store, func(string) kvtest.Fault {
				if time.Since(start) < 10*time.Second {
					return kvtest.Unavailable
				}
				return kvtest.None
			})
		})
		synctest.Wait()
		if got := f.sw.String(); got != "" {
			t.Errorf("the bridge was touched: %s", got)
		}
		if _, err := f.CreateNetwork(t.Context(), spec("n")); !errors.Is(err, kvstore.ErrUnavailable) {
			t.Errorf("CreateNetwork: %v", err)
		}
		time.Sleep(11 * time.Second)
		f.network("n")
	})
}

func TestRunEnds(t *testing.T) {
	newer := memory.New()
	schema := []kvstore.Op{{Key: "schema", Write: kvstore.Put, Value: []byte(`{"written":9,"minReader":9}`)}}
	if err := newer.Commit(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	closed := memory.New()
	closed.Close()
	for _, tt := range []struct {
		name  string
		store kvstore.Store
		want  error
		says  string
	}{
		{"data of a newer version", newer, network.ErrInvalid, "upgrade this host"},
		{"a closed store", closed, kvstore.ErrClosed, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := host.New(host.Config{Store: tt.store, Switch: &sw{}, ID: "h1", Audit: audit, Log: slog.New(slog.DiscardHandler)})
			if err := h.Run(t.Context()); !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestSweepOfClaims has a face that asks for an address and never uses it. To
// find it costs as much as there are claims, so it takes its time.
func TestSweepOfClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lists := &listing{}
		f := newFixture(t, memory.New(), "h1", func(c *host.Config) {
			lists.Store, c.Store = c.Store, lists
		})
		f.network("n")
		got, err := f.Network(t.Context(), "n")
		f.ok(err)
		_, err = f.IPAM.RequestAddress(t.Context(), got.Subnets[0].Pool, ipam.AddressRequest{})
		f.ok(err)
		before := len(f.keys())
		lists.take()
		time.Sleep(25 * audit)
		synctest.Wait()
		if n := lists.take(); n != 2 {
			t.Errorf("claims were listed %d times in 25 sweeps", n)
		}
		if now := len(f.keys()); now >= before {
			t.Errorf("the claim is still there: %v", f.keys())
		}
	})
}

// listing counts the lists of claims.
type listing struct {
	kvstore.Store
	mu sync.Mutex
	n  int
}

func (l *listing) List(ctx context.Context, prefix string) ([]kvstore.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.HasPrefix(prefix, "ipam/ip/") {
		l.n++
	}
	return l.Store.List(ctx, prefix)
}

func (l *listing) take() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.n
	l.n = 0
	return n
}

// TestSweepOfInterfaces has a port deleted behind the agent's back.
func TestSweepOfInterfaces(t *testing.T) {
	testenv.Root(t)
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, memory.New(), "h1", nil)
		f.network("n")
		_, err := f.Plug(t.Context(), plug("web", "n"))
		f.ok(err)
		f.ok(f.Model.DeletePorts(t.Context(), "web"))
		plugged := func() bool { return strings.Contains(f.sw.String(), "iface-id=web") }
		time.Sleep(audit + time.Second)
		if synctest.Wait(); !plugged() {
			t.Error("removed at first sight")
		}
		f.faults.always(kvtest.Unavailable)
		time.Sleep(5 * audit)
		if synctest.Wait(); !plugged() {
			t.Error("removed while the store could not be asked")
		}
		f.faults.always(kvtest.None)
		time.Sleep(3 * audit)
		if synctest.Wait(); plugged() {
			t.Error("not removed")
		}
	})
}
