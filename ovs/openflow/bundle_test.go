package openflow

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/ovs"
)

// Each of these is refused, and for another reason; between good flows it
// keeps them out too, and is named.
func TestApplyIsAllOrNothing(t *testing.T) {
	_, c := dial(t, nil)
	kept := parse(t, "cookie=0x1,table=9,priority=9 actions=drop")
	if err := c.Apply(t.Context(), ovs.Changes{Add: kept}); err != nil {
		t.Fatal(err)
	}
	flood := make([]ovs.Action, 5000)
	for i := range flood {
		flood[i] = ovs.Output{Port: uint32(i + 1)}
	}
	for name, bad := range map[string]ovs.Flow{
		"match without its protocol (decoding)": {Priority: 7, Match: ovs.NewMatch(ovs.Uint(ovs.ARPOp, 1))},
		"no VLAN to set (decoding)":             {Priority: 7, Actions: []ovs.Action{ovs.SetField{Term: ovs.Uint(ovs.VLANVID, 0x1005)}}},
		"no such group (applying)":              {Priority: 7, Actions: []ovs.Action{ovs.Group{ID: 77}}},
		"goes back (decoding)":                  {Table: 4, Priority: 7, Actions: []ovs.Action{ovs.Goto{Table: 3}}},
		"too long (before sending)":             {Priority: 7, Actions: flood},
		"unknown action (before sending)":       {Priority: 7, Actions: []ovs.Action{ovs.Unknown{Text: "ct(commit)"}}},
		"goto in the middle (before sending)":   {Priority: 7, Actions: []ovs.Action{ovs.Goto{Table: 9}, ovs.DecTTL{}}},
	} {
		t.Run(name, func(t *testing.T) {
			good := parse(t, "cookie=0x2,table=1,priority=1 actions=drop", "cookie=0x3,table=1,priority=2 actions=drop")
			err := c.Apply(t.Context(), ovs.Changes{Add: slices.Insert(good, 1, bad), Delete: kept})
			var e *ovs.Error
			if !errors.Is(err, ovs.ErrRefused) || !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			if text := bad.String(); e.ID != text && !strings.HasPrefix(text, strings.TrimSuffix(e.ID, "…")) {
				t.Errorf("names %q, not %q", e.ID, text)
			}
			if got, err := c.Flows(t.Context(), 0, 0); err != nil || !cmp.Equal(got, kept) {
				t.Errorf("then the flows are %v, %v", got, err)
			}
		})
	}
}

func TestApplyReplacesAndDeletesExactly(t *testing.T) {
	_, c := dial(t, nil)
	apply := func(ch ovs.Changes) {
		t.Helper()
		if err := c.Apply(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
	}
	first := parse(t,
		"cookie=0x1,table=1,priority=1,arp actions=drop",
		"cookie=0x2,table=1,priority=2,arp actions=drop",
	)
	apply(ovs.Changes{Add: first})
	second := parse(t, "cookie=0x3,table=1,priority=1,arp actions=LOCAL")
	// The delete of first[0] comes after the add that replaced it, and its
	// cookie is not there any more.
	apply(ovs.Changes{Add: second, Delete: first})
	got, err := c.Flows(t.Context(), 0, 0)
	if err != nil || !cmp.Equal(got, second) {
		t.Errorf("flows %v, %v", got, err)
	}
}

func TestApplyMakesGroupsBeforeTheirFlows(t *testing.T) {
	_, c := dial(t, nil)
	group := ovs.GroupEntry{ID: 5, Buckets: [][]ovs.Action{{ovs.Output{Port: 1}}}}
	flow := ovs.Flow{Cookie: 1, Priority: 1, Actions: []ovs.Action{ovs.Group{ID: 5}}}
	if err := c.Apply(t.Context(), ovs.Changes{Add: []ovs.Flow{flow}, AddGroups: []ovs.GroupEntry{group}}); err != nil {
		t.Fatal(err)
	}
	bad := ovs.GroupEntry{ID: 6, Buckets: [][]ovs.Action{{ovs.Output{Port: 0xffffff00}}}}
	err := c.Apply(t.Context(), ovs.Changes{AddGroups: []ovs.GroupEntry{bad}})
	if !errors.Is(err, ovs.ErrRefused) || !strings.Contains(err.Error(), bad.String()) {
		t.Errorf("a bad group: %v", err)
	}
}

func TestManyGoroutines(t *testing.T) {
	_, c := dial(t, nil)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			mine := make([]ovs.Flow, 50)
			for j := range mine {
				mine[j] = ovs.Stamp(uint16(i), ovs.Flow{Table: uint8(i), Priority: uint16(50 - j)})
			}
			for range 5 {
				if err := c.Apply(t.Context(), ovs.Changes{Add: mine}); err != nil {
					t.Error(err)
				}
				if got, err := c.Flows(t.Context(), uint64(i)<<48, ovs.OwnerMask); err != nil || !cmp.Equal(got, mine) {
					t.Errorf("read %d flows, %v", len(got), err)
				}
				if err := c.Apply(t.Context(), ovs.Changes{Delete: mine}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestFlowsByCookie(t *testing.T) {
	_, c := dial(t, nil)
	const mine, other = 0x76, 0x77
	var flows []ovs.Flow
	for i, owner := range []uint16{mine, other, mine} {
		flows = append(flows, ovs.Stamp(owner, ovs.Flow{Table: 1, Priority: uint16(9 - i)}))
	}
	if err := c.Apply(t.Context(), ovs.Changes{Add: flows}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Flows(t.Context(), mine<<48, ovs.OwnerMask)
	if want := []ovs.Flow{flows[0], flows[2]}; err != nil || !cmp.Equal(want, got) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestForeignFlows(t *testing.T) {
	o, c := dial(t, nil)
	o.Ofctl("add-flow", "br0", "cookie=1,priority=1,ip actions=ct(commit,zone=5),learn(table=5,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[]),NORMAL")
	o.Ofctl("add-flow", "br0", "cookie=1,priority=2 actions=write_actions(output:1)")
	got, err := c.Flows(t.Context(), 1, ^uint64(0))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || len(got[1].Actions) != 3 || got[1].Actions[2] != (ovs.Output{Port: ovs.PortNormal}) {
		t.Errorf("flows with unknown actions: %v", got)
	}
	if err := c.Apply(t.Context(), ovs.Changes{Delete: got}); err != nil {
		t.Errorf("deleting what has unknown actions: %v", err)
	}
	o.Ofctl("add-flow", "br0", "cookie=1,priority=3,ct_state=+trk actions=drop")
	if got, err := c.Flows(t.Context(), 2, ^uint64(0)); err != nil || len(got) != 0 {
		t.Errorf("another cookie: %v, %v", got, err)
	}
	if _, err := c.Flows(t.Context(), 1, ^uint64(0)); err == nil || !strings.Contains(err.Error(), "does not know") {
		t.Errorf("a flow that matches on an unknown field: %v", err)
	}
}
