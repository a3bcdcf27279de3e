package probe_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/internal/testlab/probe"
	"github.com/vlcp-go/vlcp/netns"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// space makes a namespace whose lo is up and has an address more.
func space(t *testing.T) *netns.Namespace {
	t.Helper()
	testenv.Root(t)
	ns, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ns.Close() })
	err = netns.Configure(t.Context(), ns.Path(), "lo", netns.Config{
		Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.5/24"), netip.MustParsePrefix("fd00::5/64")},
		Routes:    []netns.Route{{Destination: netip.MustParsePrefix("10.1.0.0/16"), Via: netip.MustParseAddr("10.0.0.1")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return ns
}

// in calls fn in ns, and ends the test where it fails.
func in(t *testing.T, ns *netns.Namespace, fn func() error) {
	t.Helper()
	if err := ns.Do(fn); err != nil {
		t.Fatal(err)
	}
}

// server listens on port 7 of ns, and echoes.
func server(t *testing.T, ns *netns.Namespace) {
	t.Helper()
	var l net.Listener
	var packets net.PacketConn
	in(t, ns, func() (err error) {
		if l, err = net.Listen("tcp", ":7"); err != nil {
			return err
		}
		packets, err = net.ListenPacket("udp", ":7")
		return err
	})
	served := make(chan error, 2)
	go func() { served <- probe.Serve(l) }()
	go func() { served <- probe.ServePackets(packets) }()
	t.Cleanup(func() {
		l.Close()
		packets.Close()
		for range 2 {
			if err := <-served; err != nil {
				t.Errorf("serve: %v", err)
			}
		}
	})
}

func TestCheck(t *testing.T) {
	ns := space(t)
	server(t, ns)
	tests := []struct {
		network, addr string
		size          int
	}{
		{"tcp", "10.0.0.5:7", 1 << 20},
		{"tcp", "[::1]:7", 1},
		{"udp", "10.0.0.5:7", 1400},
	}
	for _, tt := range tests {
		in(t, ns, func() error {
			c, err := net.Dial(tt.network, tt.addr)
			if err != nil {
				return err
			}
			defer c.Close()
			return probe.Check(c, tt.size, 10*time.Second)
		})
	}
}

func TestServeClosesWhatItAccepted(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error)
	go func() { served <- probe.Serve(l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := probe.Check(c, 1, 10*time.Second); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a connection goes on: %v", err)
	}
}

func TestCheckFails(t *testing.T) {
	tests := []struct {
		name, says string
		serve      func(net.Conn)
	}{
		{"closed early", "2 of 4 bytes came back", func(c net.Conn) { io.CopyN(c, c, 2) }},
		{"other bytes", "other bytes", func(c net.Conn) {
			b := make([]byte, 4)
			io.ReadFull(c, b)
			b[3]++
			c.Write(b)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				tt.serve(theirs)
			}()
			if err := probe.Check(ours, 4, 10*time.Second); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCheckGivesUp(t *testing.T) {
	ours, theirs := net.Pipe()
	defer theirs.Close()
	if err := probe.Check(ours, 1, time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestDescribe(t *testing.T) {
	var s probe.State
	in(t, space(t), func() (err error) {
		s, err = probe.Describe()
		return err
	})
	lo := s.Interface("lo")
	if s.Hostname == "" || !lo.Up || lo.MTU != 65536 {
		t.Errorf("got %+v", s)
	}
	for _, want := range []string{"127.0.0.1/8", "10.0.0.5/24", "fd00::5/64"} {
		if !slices.Contains(lo.Addresses, netip.MustParsePrefix(want)) {
			t.Errorf("lo has %v, not %s", lo.Addresses, want)
		}
	}
	if r, ok := s.Route("10.1.0.0/16"); !ok || r.Via.String() != "10.0.0.1" || r.Interface != "lo" {
		t.Errorf("route: %+v, %v", r, ok)
	}
	if _, ok := s.Route("0.0.0.0/0"); ok || s.Interface("eth0").Up {
		t.Errorf("a default route or an eth0 in %+v", s)
	}
}

func TestPing(t *testing.T) {
	ns := space(t)
	tests := []struct {
		addr     string
		received int
		wait     time.Duration
	}{
		{"10.0.0.5", 10, 10 * time.Second},
		{"::1", 10, 10 * time.Second},
		{"10.1.0.1", 0, 0},  // routed to lo, where nobody has it
		{"192.0.2.1", 0, 0}, // no route
	}
	for _, tt := range tests {
		in(t, ns, func() error {
			stats, err := probe.Ping(t.Context(), probe.PingConfig{Addr: netip.MustParseAddr(tt.addr), Interval: 1, Count: 10, Wait: tt.wait, Size: 57})
			if stats.Sent != 10 || stats.Received != tt.received || stats.Duplicates > 0 {
				t.Errorf("%s: %+v", tt.addr, stats)
			}
			return err
		})
	}
}

func TestPingUntilTheContextEnds(t *testing.T) {
	in(t, space(t), func() error {
		ctx, cancel := context.WithCancel(t.Context())
		stats, err := probe.Ping(ctx, probe.PingConfig{Addr: netip.MustParseAddr("::1"), Interval: time.Millisecond,
			Wait: 10 * time.Second, First: cancel})
		if stats.Received != stats.Sent || stats.Sent == 0 || stats.Gap > 0 || stats.Max == 0 {
			t.Errorf("%+v", stats)
		}
		return err
	})
}
