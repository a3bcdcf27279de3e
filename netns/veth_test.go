package netns_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/netns"
)

var mac = net.HardwareAddr{2, 0, 0, 0, 0, 1}

// create makes the pair inside ns.
func create(t testing.TB, ns *netns.Namespace, v netns.Veth) {
	t.Helper()
	in(t, ns, func() error { return netns.CreateVeth(t.Context(), v) })
}

// links lists the veths of ns by name.
func links(t testing.TB, ns *netns.Namespace, prefix string) map[string]netns.Link {
	t.Helper()
	out := map[string]netns.Link{}
	in(t, ns, func() error {
		list, err := netns.Links(t.Context(), prefix)
		for _, l := range list {
			out[l.Name] = l
		}
		return err
	})
	return out
}

func TestCreateVethHere(t *testing.T) {
	ns := newNS(t)
	create(t, ns, netns.Veth{Host: "v1", Peer: "p1", MAC: mac, MTU: 1450})
	got := links(t, ns, "")
	host, peer := got["v1"], got["p1"]
	if len(got) != 2 || host.PeerIndex != peer.Index || peer.PeerIndex != host.Index || !host.PeerHere || !peer.PeerHere {
		t.Errorf("not one pair: %+v", got)
	}
	if !host.Up || peer.Up {
		t.Errorf("up: host %v, peer %v; want the host alone", host.Up, peer.Up)
	}
	if host.MTU != 1450 || peer.MTU != 1450 || peer.MAC.String() != mac.String() {
		t.Errorf("got %+v and %+v", host, peer)
	}
	if only := links(t, ns, "p"); len(only) != 1 {
		t.Errorf("links with a prefix: %v", only)
	}
}

func TestCreateVethIntoANamespace(t *testing.T) {
	ns, sandbox := newNS(t), newNS(t)
	create(t, ns, netns.Veth{Host: "v1", Peer: "eth0", MAC: mac, MTU: 1450, Netns: sandbox.Path()})
	host, peer := links(t, ns, "")["v1"], links(t, sandbox, "")["eth0"]
	if host.PeerHere || host.PeerIndex != peer.Index || peer.PeerIndex != host.Index {
		t.Errorf("not one pair: %+v and %+v", host, peer)
	}
	if peer.MTU != 1450 || peer.MAC.String() != mac.String() {
		t.Errorf("peer: %+v", peer)
	}
}

func TestCreateVethAgain(t *testing.T) {
	want := netns.Veth{Host: "v1", Peer: "p1", MAC: mac, MTU: 1450}
	tests := []struct {
		name     string
		existing netns.Veth
		kept     bool
	}{
		{"the same", want, true},
		{"another MTU and MAC", netns.Veth{Host: "v1", Peer: "p1", MTU: 9000}, true},
		{"another group", netns.Veth{Host: "v1", Peer: "p1", Group: 5}, true},
	}
	for _, where := range []string{"here", "in a sandbox"} {
		for _, tt := range tests {
			t.Run(tt.name+" "+where, func(t *testing.T) {
				ns, sandbox := newNS(t), newNS(t)
				peers, v := ns, want
				if where != "here" {
					tt.existing.Netns, v.Netns, peers = sandbox.Path(), sandbox.Path(), sandbox
				}
				create(t, ns, tt.existing)
				ip(t, ns, "link set v1 down")
				before := links(t, ns, "v1")["v1"]
				create(t, ns, v)
				host, peer := links(t, ns, "v1")["v1"], links(t, peers, "p1")["p1"]
				if kept := host.Index == before.Index; kept != tt.kept {
					t.Errorf("kept: %v, want %v", kept, tt.kept)
				}
				if !host.Up || host.MTU != 1450 || host.Group != 0 || peer.MTU != 1450 || peer.MAC.String() != mac.String() || host.PeerIndex != peer.Index {
					t.Errorf("got %+v and %+v", host, peer)
				}
			})
		}
	}
}

func TestCreateVethReplacesAnotherPeer(t *testing.T) {
	ns := newNS(t)
	create(t, ns, netns.Veth{Host: "v1", Peer: "other"})
	create(t, ns, netns.Veth{Host: "v1", Peer: "p1"})
	if got := links(t, ns, ""); len(got) != 2 || got["p1"].PeerIndex != got["v1"].Index {
		t.Errorf("got %v, want v1 and p1", got)
	}
}

func TestCreateVethReplacesAPairOfAnotherSandbox(t *testing.T) {
	ns, old, sandbox := newNS(t), newNS(t), newNS(t)
	create(t, ns, netns.Veth{Host: "v1", Peer: "eth0", Netns: old.Path()})
	create(t, ns, netns.Veth{Host: "v1", Peer: "eth0", Netns: sandbox.Path()})
	if left := links(t, old, ""); len(left) > 0 {
		t.Errorf("left in the old sandbox: %v", left)
	}
	if len(links(t, sandbox, "eth0")) != 1 {
		t.Error("the new sandbox has no interface")
	}
}

// What Docker moved into a container keeps working when its port is made once
// more.
func TestCreateVethLeavesAMovedPeer(t *testing.T) {
	ns, sandbox := newNS(t), newNS(t)
	v := netns.Veth{Host: "v1", Peer: "p1", MTU: 1500, TxOff: true}
	create(t, ns, v)
	ip(t, ns, "link set p1 netns "+sandbox.Path())
	ip(t, sandbox, "link set p1 name eth0")
	v.MTU = 1450
	create(t, ns, v)
	host, peer := links(t, ns, "")["v1"], links(t, sandbox, "")["eth0"]
	if host.PeerIndex != peer.Index || host.PeerHere || host.MTU != 1450 {
		t.Errorf("got %+v and %+v", host, peer)
	}
}

// An interface that was configured in its namespace stays when it is made once
// more.
func TestCreateVethLeavesARenamedPeer(t *testing.T) {
	ns, sandbox := newNS(t), newNS(t)
	v := netns.Veth{Host: "v1", Peer: "p1", Group: 7, Netns: sandbox.Path(), TxOff: true}
	create(t, ns, v)
	before := links(t, ns, "")["v1"]
	ip(t, sandbox, "link set p1 name eth0")
	create(t, ns, v)
	if host := links(t, ns, "")["v1"]; host.Index != before.Index || host.Group != 7 {
		t.Errorf("it was %+v, and is %+v", before, host)
	}
	if _, found := links(t, sandbox, "")["eth0"]; !found {
		t.Error("eth0 is gone")
	}
}

func TestCreateVethErrors(t *testing.T) {
	tests := []struct {
		name, setup string
		v           netns.Veth
		want        error
		says        string
	}{
		{"host name taken", "link add v1 type bridge", netns.Veth{Host: "v1", Peer: "p1"}, os.ErrExist, `"v1" is an interface of type bridge`},
		{"peer name taken", "link add p1 type bridge", netns.Veth{Host: "v1", Peer: "p1"}, os.ErrExist, `"p1" is the name of another interface`},
		{"no such sandbox", "link set lo up", netns.Veth{Host: "v1", Peer: "p1", Netns: "/run/netns/absent"}, os.ErrNotExist, "/run/netns/absent"},
		{"long name", "link set lo up", netns.Veth{Host: "a-name-of-sixteen", Peer: "p1"}, nil, "at most 15 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ns := newNS(t)
			ip(t, ns, tt.setup)
			err := ns.Do(func() error { return netns.CreateVeth(t.Context(), tt.v) })
			var e *netns.Error
			if !errors.As(err, &e) || e.ID != tt.v.Host || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v is no %v", err, tt.want)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	ns, sandbox := newNS(t), newNS(t)
	create(t, ns, netns.Veth{Host: "v1", Peer: "eth0", Netns: sandbox.Path()})
	create(t, ns, netns.Veth{Host: "stays", Peer: "too"})
	in(t, ns, func() error { return netns.Delete(t.Context(), "v1") })
	in(t, ns, func() error { return netns.Delete(t.Context(), "v1") })
	if got := links(t, ns, ""); len(got) != 2 || len(links(t, sandbox, "")) != 0 {
		t.Errorf("left: %v and %v", got, links(t, sandbox, ""))
	}
}

func TestDeleteAll(t *testing.T) {
	ns := newNS(t)
	names := []string{"absent"}
	for i := range 20 {
		v := netns.Veth{Host: fmt.Sprintf("v%d", i), Peer: fmt.Sprintf("p%d", i)}
		create(t, ns, v)
		names = append(names, v.Host)
	}
	in(t, ns, func() error { return netns.DeleteAll(t.Context(), names[:20]...) })
	if got := links(t, ns, ""); len(got) != 2 || got["v19"].Name == "" {
		t.Errorf("left: %v, want the last pair alone", got)
	}
	in(t, ns, func() error { return netns.DeleteAll(t.Context()) })
}
