package network

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newModel makes a model on a store in memory of its own.
func newModel(t *testing.T) (*Model, *memory.Store) {
	t.Helper()
	store := memory.New()
	t.Cleanup(func() { store.Close() })
	return modelOn(t, store, "host1"), store
}

// modelOn makes the model of a host on a store.
func modelOn(t *testing.T, store kvstore.Store, host string) *Model {
	t.Helper()
	allocator := ipam.New(store, ipam.Config{Host: host})
	t.Cleanup(func() { allocator.Close() })
	return New(Config{Store: store, Allocator: allocator, Host: host})
}

// keys lists all keys of a store.
func keys(t *testing.T, s kvstore.Store) []string {
	t.Helper()
	entries, err := s.List(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	return project(entries, func(e kvstore.Entry) string { return e.Key })
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestFromNothingToNothing(t *testing.T) {
	ctx := t.Context()
	m, store := newModel(t)
	if err := CheckSchema(ctx, store); err != nil {
		t.Fatal(err)
	}
	n := must[[]Network](t)(m.CreateNetworks(ctx, Spec{
		Network: Network{ID: "net1"},
		Subnets: []Subnet{{ID: "sub1", Prefix: prefix("10.0.0.77/24"), Gateway: addr("10.0.0.1")}},
	}))[0]
	if n.Physical != "vxlan" || n.Type != VXLAN || n.Segment != 10000 || n.MTU != 1450 || n.Number == 0 {
		t.Errorf("network %+v", n)
	}
	ports := must[[]Port](t)(m.CreatePorts(ctx, Port{ID: "p1", Network: "net1", Addresses: []Address{{}}}, Port{ID: "p2", Network: "net1"}))
	if got, want := ports[0].Addresses, []Address{{"sub1", addr("10.0.0.2")}}; !slices.Equal(got, want) {
		t.Errorf("addresses %v, want %v", got, want)
	}
	if err := m.DeletePorts(ctx, "p1", "p2"); err != nil {
		t.Fatal(err)
	}
	if err := m.DeleteNetworksAndSubnets(ctx, "net1"); err != nil {
		t.Fatal(err)
	}
	if err := m.DeletePhysicalPorts(ctx, "|%|%|vxlan0"); err != nil {
		t.Fatal(err)
	}
	if err := m.DeletePhysicals(ctx, "vxlan"); err != nil {
		t.Fatal(err)
	}
	if got, want := keys(t, store), []string{"schema"}; !slices.Equal(got, want) {
		t.Errorf("left in the store: %v", got)
	}
}

// newNetwork creates a vxlan network with one subnet, "<id>-0", or more.
func newNetwork(t *testing.T, m *Model, id string, prefixes ...string) Network {
	t.Helper()
	s := Spec{Network: Network{ID: id}}
	for i, p := range prefixes {
		s.Subnets = append(s.Subnets, Subnet{ID: fmt.Sprintf("%s-%d", id, i), Prefix: prefix(p)})
	}
	return must[[]Network](t)(m.CreateNetworks(t.Context(), s))[0]
}

// setDeleting leaves a mark as a deletion leaves it that was interrupted.
func setDeleting(t *testing.T, m *Model, key string) { t.Helper(); patch(t, m, key, "deleting", true) }

func clearDeleting(t *testing.T, m *Model, key string) {
	t.Helper()
	patch(t, m, key, "deleting", false)
}

func patch(t *testing.T, m *Model, key, field string, value any) {
	t.Helper()
	err := kvstore.Update(t.Context(), m.store, func(tx *kvstore.Tx) error {
		v, found, err := kvstore.Load[map[string]any](tx, key)
		if err != nil || !found {
			return fmt.Errorf("%s: found %v, %v", key, found, err)
		}
		v[field] = value
		return kvstore.Save(tx, key, v)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// snapshot is all that a store holds: values as JSON, where they are, since the
// order of names says nothing.
func snapshot(t *testing.T, s kvstore.Store) map[string]any {
	t.Helper()
	entries, err := s.List(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	for _, e := range entries {
		var v any
		if json.Unmarshal(e.Value, &v) != nil {
			v = string(e.Value)
		}
		all[e.Key] = v
	}
	return all
}

// unchanged compares the store with what it held before.
func unchanged(t *testing.T, s kvstore.Store, before map[string]any) {
	t.Helper()
	if diff := cmp.Diff(before, snapshot(t, s)); diff != "" {
		t.Errorf("the store changed: %s", diff)
	}
}
