package netns_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/netns"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newNS makes a namespace of the test's own.
func newNS(t testing.TB) *netns.Namespace {
	t.Helper()
	testenv.Root(t)
	ns, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ns.Close() })
	return ns
}

// in calls fn inside ns, and ends the test where it fails.
func in(t testing.TB, ns *netns.Namespace, fn func() error) {
	t.Helper()
	if err := ns.Do(fn); err != nil {
		t.Fatal(err)
	}
}

// ip runs the reference, ip(8), in ns and answers what it printed.
func ip(t testing.TB, ns *netns.Namespace, args string) string {
	t.Helper()
	var out []byte
	in(t, ns, func() (err error) {
		out, err = exec.Command("ip", strings.Fields(args)...).CombinedOutput()
		return err
	})
	return string(out)
}

func interfaces(t *testing.T) string {
	t.Helper()
	list, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range list {
		names = append(names, i.Name)
	}
	return strings.Join(names, " ")
}

func TestDoEntersAndComesBack(t *testing.T) {
	ns := newNS(t)
	before := interfaces(t)
	for _, do := range []func(func() error) error{ns.Do, func(fn func() error) error { return netns.Do(ns.Path(), fn) }} {
		var inside string
		if err := do(func() error { inside = interfaces(t); return nil }); err != nil {
			t.Fatal(err)
		}
		if inside != "lo" {
			t.Errorf("inside a new namespace: %q, want lo alone", inside)
		}
	}
	if after := interfaces(t); after != before {
		t.Errorf("after Do: %q, before: %q", after, before)
	}
}

func TestDoGivesTheFunctionsError(t *testing.T) {
	want := errors.New("mine")
	fail := func() error { return want }
	if err := newNS(t).Do(fail); err != want {
		t.Errorf("Namespace.Do: %v", err)
	}
	if err := netns.Do("", fail); err != want {
		t.Errorf("Do in the caller's own namespace: %v", err)
	}
}

func TestSocketsStayInTheirNamespace(t *testing.T) {
	ns := newNS(t)
	ip(t, ns, "link set lo up")
	var l net.Listener
	in(t, ns, func() (err error) {
		l, err = net.Listen("tcp", "127.0.0.1:0")
		return err
	})
	defer l.Close()
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("a listener in another namespace answered")
	}
	in(t, ns, func() error {
		c, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			c.Close()
		}
		return err
	})
}

func TestOpenErrors(t *testing.T) {
	_, err := netns.Open("/run/netns/absent")
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an absent namespace: %v", err)
	}
	err = netns.Do("/proc/self/ns/uts", func() error { return nil })
	var e *netns.Error
	if !errors.As(err, &e) || e.ID != "/proc/self/ns/uts" {
		t.Errorf("a namespace of another kind: %v", err)
	}
}

func TestAnEndedContextChangesNothing(t *testing.T) {
	ns := newNS(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in(t, ns, func() error {
		if err := netns.CreateVeth(ctx, netns.Veth{Host: "a", Peer: "b"}); !errors.Is(err, context.Canceled) {
			t.Errorf("CreateVeth: %v", err)
		}
		links, err := netns.Links(t.Context(), "")
		if len(links) > 0 {
			t.Errorf("made %v", links)
		}
		return err
	})
}
