package dockerdriver_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
)

// TestRemovedHost removes a host: its Docker networks are forgotten, and the
// logical networks that no other host uses go.
func TestRemovedHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		h1 := drivertest.NewFakeAt(t, store, "h1")
		h2 := drivertest.NewFakeAt(t, store.Session(), "h2")
		w := &world{t, h1}
		w.ok(h2.Model.Announce(t.Context(), network.Host{ID: "h2"}))
		for _, n := range []string{"both", "alone", "used"} {
			w.network(n)
			w.use("h2", n)
		}
		w.use("h1", "both")
		_, err := h1.Model.CreatePorts(t.Context(), network.Port{ID: "vm", Network: "used"})
		w.ok(err)
		w.network("making")
		w.update(func(tx *kvstore.Tx) error { return record.Making{Network: "making", Name: "m"}.Save(tx, "h2") })

		ctx, cancel := context.WithCancel(t.Context())
		defer synctest.Wait()
		defer cancel()
		s := dockerdriver.Server{Driver: h1, IPAM: h1.IPAM, Store: store, Host: func(context.Context) (string, error) { return "h1", nil }}
		go s.Run(ctx)
		before := w.keys()
		time.Sleep(time.Hour)
		if now := w.keys(); !slices.Equal(now, before) {
			t.Errorf("cleared while h2 is only dead: %v, want %v", now, before)
		}
		w.ok(record.Close(t.Context(), h2.Store, "both", record.Closer("h2", "both"))) // it died before it opened that
		w.ok(h2.Store.Close())
		w.ok(h1.Model.RemoveHost(t.Context(), "h2"))
		time.Sleep(2 * time.Minute)
		w.want("docker/gate/both", "docker/gate/used", "docker/net/h1/both", "docker/use/both/h1/both", "net/both/info", "net/used/info")

		other := record.Network{Network: "both", Attached: true}
		w.update(func(tx *kvstore.Tx) error { return other.Begin(tx, "h1", "other", false) })
		w.update(func(tx *kvstore.Tx) error { return record.Forget(tx, "h1", "other") })

		// It is back under its id, and new.
		w.use("h2", "both")
		w.ok(h1.Model.Announce(t.Context(), network.Host{ID: "h2"}))
		time.Sleep(2 * time.Minute)
		w.want("docker/gate/both", "docker/gate/used", "docker/net/h1/both", "docker/net/h2/both",
			"docker/use/both/h1/both", "docker/use/both/h2/both", "net/both/info", "net/used/info")
	})
}

// world is what hosts share.
type world struct {
	*testing.T
	*drivertest.Fake
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) network(id string) {
	w.Helper()
	_, err := w.Model.CreateNetworks(w.Context(), network.Spec{Network: network.Network{ID: id, Owner: network.Owner{Face: "docker", Host: "h2"}}})
	w.ok(err)
}

func (w *world) use(host, networkID string) {
	w.Helper()
	w.update(func(tx *kvstore.Tx) error { return record.Network{Network: networkID}.Save(tx, host, networkID) })
}

func (w *world) update(fn func(*kvstore.Tx) error) {
	w.Helper()
	w.ok(kvstore.Update(w.Context(), w.Store, fn))
}

// keys are those of Docker's networks and of logical networks.
func (w *world) keys() (keys []string) {
	w.Helper()
	synctest.Wait()
	entries, err := w.Store.List(w.Context(), "")
	w.ok(err)
	for _, e := range entries {
		if strings.HasPrefix(e.Key, "docker/") || strings.HasSuffix(e.Key, "/info") && strings.HasPrefix(e.Key, "net/") {
			keys = append(keys, e.Key)
		}
	}
	return keys
}

func (w *world) want(keys ...string) {
	w.Helper()
	if got := w.keys(); !slices.Equal(got, keys) {
		w.Errorf("got %v, want %v", got, keys)
	}
}
