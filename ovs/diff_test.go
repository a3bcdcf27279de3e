package ovs_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/ovs"
)

const owner = 0x76

// bridge is a flow table as OpenFlow has it.
type bridge map[string]ovs.Flow

func newBridge(flows []ovs.Flow) bridge {
	b := make(bridge)
	for _, f := range flows {
		b[entry(f)] = f
	}
	return b
}

func entry(f ovs.Flow) string { return fmt.Sprint(f.Table, f.Priority, f.Match) }

func (b bridge) apply(c ovs.Changes) {
	for _, f := range c.Add {
		b[entry(f)] = f
	}
	for _, f := range c.Delete {
		if b[entry(f)].Cookie == f.Cookie {
			delete(b, entry(f))
		}
	}
}

func (b bridge) flows() []ovs.Flow {
	var flows []ovs.Flow
	for _, f := range b {
		flows = append(flows, f)
	}
	slices.SortFunc(flows, ovs.CompareFlows)
	return flows
}

// few makes flows of a few entries and contents, so that they meet.
func few() *rapid.Generator[ovs.Flow] {
	return rapid.Custom(func(t *rapid.T) ovs.Flow {
		return ovs.Stamp(owner, ovs.Flow{
			Table:    rapid.Uint8Range(0, 1).Draw(t, "table"),
			Priority: rapid.Uint16Range(0, 2).Draw(t, "priority"),
			Match:    ovs.NewMatch(ovs.Uint(ovs.Reg0, rapid.Uint64Range(0, 1).Draw(t, "reg0"))),
			Actions:  []ovs.Action{ovs.Output{Port: rapid.Uint32Range(1, 3).Draw(t, "port")}},
		})
	})
}

func TestDiffMakesHaveWant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := newBridge(rapid.SliceOf(few()).Draw(t, "want")).flows()
		have := newBridge(rapid.SliceOf(few()).Draw(t, "have")).flows()
		b := newBridge(have)
		c := ovs.Diff(want, have)
		b.apply(c)
		if diff := cmp.Diff(want, b.flows()); diff != "" {
			t.Fatalf("%+v\n%s", c, diff)
		}
		for _, f := range c.Add {
			if slices.ContainsFunc(have, func(h ovs.Flow) bool { return h.Cookie == f.Cookie }) {
				t.Fatalf("%s was there", f)
			}
		}
		if again := ovs.Diff(want, b.flows()); len(again.Add)+len(again.Delete) > 0 {
			t.Fatalf("and then %+v", again)
		}
	})
}

func TestDiff(t *testing.T) {
	line := func(s string) ovs.Flow {
		t.Helper()
		f, err := ovs.ParseFlow(s)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	kept := ovs.Stamp(owner, line("table=1,priority=1,arp actions=drop"))
	before := ovs.Stamp(owner, line("table=1,priority=2,arp actions=drop"))
	after := ovs.Stamp(owner, line("table=1,priority=2,arp actions=LOCAL"))
	stale := ovs.Stamp(owner, line("table=1,priority=3,arp actions=drop"))
	copied := stale
	copied.Cookie = kept.Cookie
	type flows = []ovs.Flow
	for _, tt := range []struct {
		name       string
		want, have flows
		add, del   flows
	}{
		{"nothing", nil, nil, nil, nil},
		{"all is there", flows{kept, after}, flows{after, kept}, nil, nil},
		{"missing", flows{kept, after}, flows{kept}, flows{after}, nil},
		{"stale", flows{kept}, flows{kept, stale}, nil, flows{stale}},
		{"replaced: the add is enough", flows{kept, after}, flows{kept, before}, flows{after}, nil},
		{"a right cookie on a second entry", flows{kept}, flows{kept, copied}, nil, flows{copied}},
		{"a right cookie on a wrong entry only", flows{kept}, flows{copied}, flows{kept}, nil},
		{"everything", flows{kept, after}, flows{before, stale}, flows{kept, after}, flows{stale}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := ovs.Changes{Add: tt.add, Delete: tt.del}
			if diff := cmp.Diff(want, ovs.Diff(tt.want, tt.have)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
