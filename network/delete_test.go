package network

import (
	"context"
	"errors"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore/kvtest"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// Between the look at the children and the deletion somebody else found the
// object in use and unmarked it, a child was added, and a third one marked it
// again: the mark is there, but it is another one.
func TestMarkedAgainMeanwhile(t *testing.T) {
	m, _ := newModel(t)
	must[[]Physical](t)(m.CreatePhysicals(t.Context(), vxlan("p", Range{1, 9})))
	looks := 0
	d := m.physicalDeletion(func(ctx context.Context, id string) error {
		if looks++; looks > 1 {
			return m.childrenOfPhysical(ctx, id)
		}
		clearDeleting(t, m, physicalKey("p"))
		must[[]Network](t)(m.CreateNetworks(ctx, Spec{Network: Network{ID: "n", Physical: "p"}}))
		setDeleting(t, m, physicalKey("p"))
		return nil
	}, "p")
	checkError(t, "delete", d.run(t.Context(), m), ErrInUse, "delete physical network p: must delete all logical networks of this physical network first: n")
	audit(t, m)
}

// Somebody else unmarks the object right after it was marked, and a child is
// added after its children were listed.
func TestUnmarkedMeanwhile(t *testing.T) {
	store := memory.New()
	defer store.Close()
	other := modelOn(t, store, "host2")
	must[[]Physical](t)(other.CreatePhysicals(t.Context(), vxlan("p", Range{1, 9})))
	seen := map[string]bool{}
	m := modelOn(t, kvtest.NewFaulty(store, func(call string) kvtest.Fault {
		switch {
		case call == "get" && seen["list"] && !seen["child"]:
			seen["child"] = true
			if _, err := other.CreateNetworks(t.Context(), Spec{Network: Network{ID: "n", Physical: "p"}}); err != nil && !errors.Is(err, ErrDeleting) {
				t.Error(err)
			}
		case call == "get" && seen["commit"] && !seen["unmarked"]:
			seen["unmarked"] = true
			clearDeleting(t, other, physicalKey("p"))
		}
		seen[call] = true
		return kvtest.None
	}), "host1")
	if err := m.DeletePhysicals(t.Context(), "p"); err != nil && !errors.Is(err, ErrInUse) {
		t.Error(err)
	}
	if !seen["child"] || !seen["unmarked"] {
		t.Errorf("not what was meant to be tested: %v", seen)
	}
	audit(t, other)
}

// An object that changes all the time is given up, and an error says so.
func TestMovedAllTheTime(t *testing.T) {
	m, _ := newModel(t)
	must[[]Physical](t)(m.CreatePhysicals(t.Context(), vxlan("p", Range{1, 9})))
	looks := 0
	d := m.physicalDeletion(func(context.Context, string) error {
		looks++
		patch(t, m, physicalKey("p"), "looks", looks)
		return nil
	}, "p")
	checkError(t, "delete", d.run(t.Context(), m), ErrInUse, "delete physical network: others change it all the time: try again")
	checkError(t, "delete", m.DeletePhysicals(t.Context(), "p"), nil, "")
}

// Two hosts delete the same at the same time: both are content, or one is told
// that it is gone.
func TestDeletedTwiceAtOnce(t *testing.T) {
	store := memory.New()
	defer store.Close()
	other := modelOn(t, store, "host2")
	newNetwork(t, other, "n", "10.0.0.0/24")
	lists := 0
	m := modelOn(t, kvtest.NewFaulty(store, func(call string) kvtest.Fault {
		if call == "list" {
			if lists++; lists == 1 {
				checkError(t, "other", other.DeleteNetworksAndSubnets(t.Context(), "n"), nil, "")
			}
		}
		return kvtest.None
	}), "host1")
	checkError(t, "delete", m.DeleteNetworksAndSubnets(t.Context(), "n"), ErrNotFound, `logical network "n" does not exist`)
	audit(t, other)
}
