package device_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/internal/device"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovstest"
)

func TestNames(t *testing.T) {
	d := device.New(config(t, new(ovstest.Fake)))
	elsewhere := config(t, new(ovstest.Fake))
	elsewhere.Bridge = "other0"
	seen := map[string]string{}
	for i := range 2000 {
		port := fmt.Sprintf("port-%d", i)
		container, tap := d.Names(port)
		if len(tap) > 15 || !strings.HasPrefix(container, "vlcp") || tap != container+"-tap" {
			t.Fatalf("names of %s: %s and %s", port, container, tap)
		}
		if seen[tap] != "" {
			t.Errorf("%s and %s have one name, %s", port, seen[tap], tap)
		}
		seen[tap] = port
		if _, other := device.New(elsewhere).Names(port); other == tap {
			t.Errorf("%s has the same interface on two bridges", port)
		}
	}
}

// The names are on hosts: another version must find the same.
func TestNamesAreForEver(t *testing.T) {
	if container, _ := device.New(config(t, nil)).Names("web-1"); container != "vlcp7bngiiq" {
		t.Errorf("web-1 is %s", container)
	}
}

func TestAdd(t *testing.T) {
	f := newFixture(t)
	sandbox, err := netns.New()
	f.ok(err)
	defer sandbox.Close()
	end := f.run()
	_, tap := f.Names("web")
	for range 2 { // the same once more
		s := spec("web")
		s.Netns = sandbox.Path()
		f.ok(f.Add(t.Context(), s))
		want := "port 1 " + tap + " external_ids:attached-mac=02:00:00:00:00:09 external_ids:iface-id=web external_ids:vlcp=port\n"
		if got := f.sw.String(); got != want {
			t.Errorf("the bridge has %swant %s", got, want)
		}
		if got := f.links(); got != tap {
			t.Errorf("interfaces here: %s", got)
		}
		arp, err := os.ReadFile("/proc/sys/net/ipv4/conf/" + tap + "/arp_ignore")
		if strings.TrimSpace(string(arp)) != "8" {
			t.Errorf("the interface is not isolated: %q, %v", arp, err)
		}
	}
	f.Remove("web")
	f.Remove("never made")
	end()
	f.want("at the end")
}

func TestAddErrors(t *testing.T) {
	refused := errors.New("refused")
	for _, tt := range []struct {
		name string
		make func(f *fixture) error
		want error
	}{
		{"no such namespace", func(f *fixture) error {
			s := spec("web")
			s.Netns = "/run/netns/absent"
			return f.Add(f.Context(), s)
		}, os.ErrNotExist},
		{"the switch refuses", func(f *fixture) error {
			f.sw.set(refused, nil)
			defer f.sw.set(nil, nil)
			return f.Add(f.Context(), spec("web"))
		}, refused},
		{"an ended call", func(f *fixture) error {
			ctx, cancel := context.WithCancel(f.Context())
			cancel()
			return f.Add(ctx, spec("web"))
		}, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t)
			end := f.run()
			if err := tt.make(f); !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			f.Remove("web")
			end()
			f.want("after it was removed")
		})
	}
}

// A port that is removed and made again, however fast, has its interface.
func TestMadeAgain(t *testing.T) {
	f := newFixture(t)
	f.add("web")
	f.Remove("web") // nobody does it yet
	f.add("web")
	end := f.run()
	for range 20 {
		f.Remove("web")
		f.add("web")
	}
	f.want("in the end", "web")
	f.Remove("web")
	end()
	f.want("removed")
}

// Who makes an interface that is just being removed waits until that is done;
// nobody else does.
func TestMadeAgainWhileItIsRemoved(t *testing.T) {
	f := newFixture(t)
	f.add("web")
	removing, goOn := make(chan struct{}), make(chan struct{})
	f.sw.set(nil, func(c ovs.PortChanges) {
		if len(c.Delete) > 0 {
			close(removing)
			<-goOn
		}
	})
	end := f.run()
	f.Remove("web")
	<-removing
	f.add("other")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.Add(ctx, spec("web")); !errors.Is(err, context.Canceled) {
		t.Errorf("Add of a call that ended: %v", err)
	}
	added := make(chan error, 1)
	go func() { added <- f.Add(t.Context(), spec("web")) }()
	f.sw.set(nil, nil)
	close(goOn)
	f.ok(<-added)
	f.want("in the end", "other", "web")
	f.Remove("web")
	f.Remove("other")
	end()
}

// Removals go in few transactions, since each costs the switch.
func TestRemovalsAreBatched(t *testing.T) {
	f := newFixture(t)
	const n = 70
	for i := range n {
		f.add(fmt.Sprint(i))
		f.Remove(fmt.Sprint(i))
	}
	var mu sync.Mutex
	var batches []int
	f.sw.set(nil, func(c ovs.PortChanges) {
		mu.Lock()
		defer mu.Unlock()
		batches = append(batches, len(c.Delete))
	})
	f.run()()
	f.want("in the end")
	if fmt.Sprint(batches) != "[32 32 6]" {
		t.Errorf("batches of %v", batches)
	}
}

// A removal that fails is tried again, and keeps nobody from making a port.
func TestRemovalFails(t *testing.T) {
	f := newFixture(t)
	f.add("web")
	f.add("db")
	failed := make(chan struct{}, 1)
	f.sw.set(ovs.ErrUnavailable, func(ovs.PortChanges) {
		select {
		case failed <- struct{}{}:
		default:
		}
	})
	end := f.run()
	f.Remove("web")
	f.Remove("db")
	<-failed
	f.sw.set(nil, nil)
	f.add("web")
	end() // tries what is left once more
	f.want("in the end", "web")
	f.Remove("web")
	f.run()()
}
