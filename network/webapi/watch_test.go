package webapi_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
)

// follower reads the events of a stream.
type follower struct {
	t      *testing.T
	conn   net.Conn
	events []string
	beats  int
	ended  error
}

// follow begins a stream of the API, in a bubble of time.
func follow(t *testing.T, dial func() net.Conn, query string) *follower {
	f := &follower{t: t, conn: dial()}
	go io.WriteString(f.conn, "GET /v1/watch"+query+" HTTP/1.1\r\nHost: localhost\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(f.conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("%d %s", resp.StatusCode, kind)
	}
	go f.read(resp.Body)
	return f
}

func (f *follower) read(body io.ReadCloser) {
	defer body.Close()
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
		case "event":
			f.events = append(f.events, value)
		case "data":
			f.events[len(f.events)-1] += " " + value
		case "":
			if value == "" && lines.Text() != "" {
				f.beats++
			}
		}
	}
	f.ended = cmpOr(lines.Err(), io.EOF)
}

func cmpOr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// sort sorts what came since the last check: a transaction has no order.
func (f *follower) sort() {
	synctest.Wait()
	slices.Sort(f.events)
}

// check checks what came since the last check.
func (f *follower) check(want ...string) {
	f.t.Helper()
	synctest.Wait()
	if !slices.Equal(f.events, want) {
		f.t.Errorf("events\n%s\nwant\n%s", strings.Join(f.events, "\n"), strings.Join(want, "\n"))
	}
	f.events = nil
}

func do(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a model in a bubble of time, and the API on it.
type world struct {
	*testing.T
	store   *kvtest.Faulty
	session *memory.Store // of the agent of another host
	m       *network.Model
	dial    func() net.Conn
}

func inWorld(t *testing.T, test func(w world)) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		defer store.Close()
		w := world{T: t, store: kvtest.NewFaulty(store, kvtest.Commits()), session: store.Session()}
		w.m = modelOn(t, w.store)
		servePipes(t, always(w.m), func(_ *testing.T, dial func() net.Conn) {
			w.dial = dial
			test(w)
		})
	})
}

func TestWatchFollowsTheModel(t *testing.T) {
	inWorld(t, func(w world) {
		ctx := w.Context()
		_, err := w.m.CreateNetworks(ctx, network.Spec{Network: network.Network{ID: "blue"}})
		do(w.T, err)
		f := follow(w.T, w.dial, "?kind=networks&kind=ports")
		f.check(
			`put {"kind":"networks","id":"blue","object":{"id":"blue","mtu":1450,"physicalnetwork":"vxlan","type":"vxlan","vni":10000}}`,
			`synced {"kinds":["networks","ports"]}`,
		)
		_, err = w.m.CreatePorts(ctx, network.Port{ID: "p", Network: "blue", MAC: "02:00:00:00:00:01", Meta: map[string]any{"vm": 1}})
		do(w.T, err)
		f.check(`put {"kind":"ports","id":"p","object":{"id":"p","mac_address":"02:00:00:00:00:01","network":"blue","vm":1}}`)
		do(w.T, w.m.DeletePorts(ctx, "p"))
		f.check(`delete {"kind":"ports","id":"p"}`)
		w.store.Cut(synctest.Wait)
		f.check(
			`resync {"kinds":["networks","ports"]}`,
			`put {"kind":"networks","id":"blue","object":{"id":"blue","mtu":1450,"physicalnetwork":"vxlan","type":"vxlan","vni":10000}}`,
			`synced {"kinds":["networks","ports"]}`,
		)
		f.conn.Close()
	})
}

func TestWatchOfPhysical(t *testing.T) {
	inWorld(t, func(w world) {
		f := follow(w.T, w.dial, "?kind=physical-ports&kind=physical-networks")
		f.check(`synced {"kinds":["physical-networks","physical-ports"]}`)
		_, err := w.m.CreatePhysicals(w.Context(), network.Physical{ID: "x", Type: network.Native})
		do(w.T, err)
		_, err = w.m.CreatePhysicalPorts(w.Context(), network.PhysicalPort{Network: "x", Name: "bond0"})
		do(w.T, err)
		f.check(
			`put {"kind":"physical-networks","id":"x","object":{"id":"x","type":"native"}}`,
			`put {"kind":"physical-ports","id":"bond0","object":{"bridge":"%","id":"bond0","name":"bond0","physicalnetwork":"x","systemid":"%"}}`,
		)
		do(w.T, w.m.DeletePhysicalPorts(w.Context(), "|%|%|bond0"))
		f.check(`delete {"kind":"physical-ports","id":"bond0"}`)
		f.conn.Close()
	})
}

func TestWatchOfRouters(t *testing.T) {
	inWorld(t, func(w world) {
		_, err := w.m.CreateNetworks(w.Context(), network.Spec{Network: network.Network{ID: "n"}, Subnets: []network.Subnet{{
			ID: "s", Prefix: netip.MustParsePrefix("10.1.0.0/24"), Gateway: netip.MustParseAddr("10.1.0.1"),
		}}})
		do(w.T, err)
		f := follow(w.T, w.dial, "?kind=routers&kind=router-interfaces")
		f.check(`synced {"kinds":["routers","router-interfaces"]}`)
		_, err = w.m.CreateRouters(w.Context(), network.Router{ID: "r"})
		do(w.T, err)
		f.check(`put {"kind":"routers","id":"r","object":{"id":"r","mac_address":"02:f5:28:13:76:e9"}}`)
		_, err = w.m.CreateRouterInterfaces(w.Context(), network.RouterInterface{ID: "i", Router: "r", Subnet: "s"})
		do(w.T, err)
		f.sort()
		f.check(
			`put {"kind":"router-interfaces","id":"i","object":{"id":"i","network":"n","router":"r","subnet":"s"}}`,
			`put {"kind":"routers","id":"r","object":{"id":"r","interfaces":{"i":"10.1.0.0/24"},"mac_address":"02:f5:28:13:76:e9"}}`,
		)
		do(w.T, w.m.DeleteRouterInterfaces(w.Context(), "i"))
		f.sort()
		f.check(
			`delete {"kind":"router-interfaces","id":"i"}`,
			`put {"kind":"routers","id":"r","object":{"id":"r","mac_address":"02:f5:28:13:76:e9"}}`,
		)
		f.conn.Close()
	})
}

// A host is put again when its agent dies.
func TestWatchOfHosts(t *testing.T) {
	inWorld(t, func(w world) {
		do(w.T, modelOn(w.T, w.session).Announce(w.Context(), network.Host{ID: "h1"}))
		f := follow(w.T, w.dial, "?kind=hosts")
		f.check(`put {"kind":"hosts","id":"h1","object":{"alive":true,"id":"h1"}}`, `synced {"kinds":["hosts"]}`)
		w.session.Close()
		f.check(`put {"kind":"hosts","id":"h1","object":{"alive":false,"id":"h1"}}`)
		do(w.T, w.m.RemoveHost(w.Context(), "h1"))
		f.check(`delete {"kind":"hosts","id":"h1"}`)
		f.conn.Close()
	})
}

// A stream lives for as long as the client does, and ends with the server.
func TestWatchIsAlive(t *testing.T) {
	var f *follower
	inWorld(t, func(w world) {
		f = follow(w.T, w.dial, "")
		time.Sleep(10*time.Minute + time.Second) // in the bubble
		synctest.Wait()
		if f.beats != 41 {
			w.Errorf("%d signs of life in 10 minutes", f.beats)
		}
	})
	if !errors.Is(f.ended, io.EOF) {
		t.Errorf("the stream ended with %v", f.ended)
	}
}

// A client that takes nothing is cut off, and holds up nobody.
func TestWatchOfASlowClient(t *testing.T) {
	inWorld(t, func(w world) {
		slow := w.dial()
		go io.WriteString(slow, "GET /v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n")
		f := follow(w.T, w.dial, "?kind=physical-networks")
		f.check(`synced {"kinds":["physical-networks"]}`)
		_, err := w.m.CreatePhysicals(w.Context(), network.Physical{ID: "x", Type: network.Native})
		do(w.T, err)
		f.check(`put {"kind":"physical-networks","id":"x","object":{"id":"x","type":"native"}}`)
		start := time.Now()
		time.Sleep(11 * time.Second) // in the bubble
		text, err := io.ReadAll(slow)
		if took := time.Since(start); len(text) > 0 || err != nil || took > 12*time.Second {
			w.Errorf("the slow client got %q, %v, after %v", text, err, took)
		}
		f.conn.Close()
	})
}

// What can't be followed any more is said.
func TestWatchFails(t *testing.T) {
	inWorld(t, func(w world) {
		f := follow(w.T, w.dial, "?kind=hosts")
		f.check(`synced {"kinds":["hosts"]}`)
		w.store.Close()
		synctest.Wait()
		if len(f.events) != 1 || !strings.HasPrefix(f.events[0], `failed {"problem":"`) || !strings.Contains(f.events[0], "the store is closed") || f.ended == nil {
			w.Errorf("%q, %v", f.events, f.ended)
		}
		f.conn.Close()
	})
}

func TestWatchRefuses(t *testing.T) {
	a := newAPI(t)
	a.exchanges(exchange{`GET watch?kind=gateways`, 422,
		`kind: "gateways" is none: use hosts, networks, physical-networks, physical-ports, ports, router-interfaces, routers, subnets`})
	away := serve(t, nil, func(context.Context) (*network.Model, error) { return nil, errors.New("no switch") })
	away.exchanges(exchange{`GET watch`, 503, `no switch`})
}

// There is room for a hundred.
func TestManyWatches(t *testing.T) {
	inWorld(t, func(w world) {
		var all []*follower
		for range 100 {
			all = append(all, follow(w.T, w.dial, "?kind=hosts"))
		}
		conn := w.dial()
		go io.WriteString(conn, "GET /v1/watch HTTP/1.1\r\nHost: localhost\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		do(w.T, err)
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "100 clients watch already") {
			w.Errorf("%d %s", resp.StatusCode, body)
		}
		conn.Close()
		all[0].conn.Close()
		synctest.Wait()
		all[0] = follow(w.T, w.dial, "?kind=hosts")
		for _, f := range all {
			f.check(`synced {"kinds":["hosts"]}`)
			f.conn.Close()
		}
	})
}
