package openflow

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/internal/flowgen"
	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ovs"
)

// randomFlows are n flows of different entries, the same in every run.
func randomFlows(n int) []ovs.Flow {
	gen := flowgen.Flow()
	flows := make([]ovs.Flow, n)
	for i := range flows {
		flows[i] = gen.Example(i)
		flows[i].Priority = uint16(i + 1)
		flows[i].Cookie = uint64(i + 1)
	}
	slices.SortFunc(flows, ovs.CompareFlows)
	return flows
}

// What Open vSwitch gives back is what it got: as values, as text of
// ovs-ofctl, and byte by byte.
func TestOpenVSwitchKeepsRandomFlows(t *testing.T) {
	o, c := dial(t, nil)
	want := randomFlows(5000)
	if err := c.Apply(t.Context(), ovs.Changes{AddGroups: flowgen.Groups(), Add: want}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Flows(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("values", func(t *testing.T) { diffFlows(t, want, got) })
	t.Run("ovs-ofctl", func(t *testing.T) { diffFlows(t, want, ofctlFlows(t, o)) })
	t.Run("bytes", func(t *testing.T) {
		raw, err := rawFlows(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range want {
			if sent := rawFlow(f); !bytes.Equal(sent, raw[f.Cookie]) {
				t.Fatalf("%s\nsent %x\n got %x", f, sent, raw[f.Cookie])
			}
		}
	})
}

// Flows that ovs-ofctl reads from our text and encodes are decoded to what we
// wrote down.
func TestFlowsOfOfctl(t *testing.T) {
	o, c := dial(t, nil)
	for _, g := range flowgen.Groups() {
		o.Ofctl("add-group", "br0", g.String())
	}
	var text strings.Builder
	for _, f := range randomFlows(3000) {
		fmt.Fprintln(&text, f)
	}
	file := filepath.Join(t.TempDir(), "flows")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Ofctl("add-flows", "br0", file)
	got, err := c.Flows(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	diffFlows(t, ofctlFlows(t, o), got)
}

func TestGroups(t *testing.T) {
	o, c := dial(t, nil)
	want := flowgen.Groups()
	for range 2 { // the second time they are there already
		if err := c.Apply(t.Context(), ovs.Changes{AddGroups: want}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := c.Groups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	dump := o.Ofctl("dump-groups", "br0")
	for _, g := range want {
		if !strings.Contains(dump, " "+g.String()+"\n") && !strings.HasSuffix(dump, " "+g.String()) {
			t.Errorf("%s is not what ovs-ofctl says:\n%s", g, dump)
		}
	}
	if err := c.Apply(t.Context(), ovs.Changes{DeleteGroups: []uint32{1, 2, 3}}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Groups(t.Context()); err != nil || len(got) != 1 || got[0].ID != 0x76000000 {
		t.Errorf("after deleting the others: %v, %v", got, err)
	}
}

func ofctlFlows(t *testing.T, o *testenv.OVSInstance) []ovs.Flow {
	t.Helper()
	dump := o.Ofctl("--no-names", "--no-stats", "dump-flows", "br0")
	flows := parse(t, strings.Split(strings.TrimSpace(dump), "\n")...)
	slices.SortFunc(flows, ovs.CompareFlows)
	return flows
}

func diffFlows(t *testing.T, want, got []ovs.Flow) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("%d flows, want %d", len(got), len(want))
	}
	for i := range want {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Fatalf("want %s\n got %s\n%s", want[i], got[i], cmp.Diff(want[i], got[i]))
		}
	}
}

// rawFlow is the match, with its terms sorted, and the instructions of a flow
// as they are sent.
func rawFlow(f ovs.Flow) []byte {
	b, err := putInstructions(sortTerms(putMatch(nil, f.Match)), f.Actions)
	if err != nil {
		panic(err)
	}
	return b
}

// rawFlows are the same of a dump, by cookie.
func rawFlows(ctx context.Context, c *Conn) (map[uint64][]byte, error) {
	xid, flows := c.reserve(1), make(map[uint64][]byte)
	_, err := dump(ctx, c, xid, putFlowDump(nil, xid, 0, 0), func(body *cursor) (struct{}, error) {
		e := body.sub(int(body.peek16(0)))
		e.skip(24)
		cookie := e.uint64()
		e.skip(16)
		n := int(e.peek16(2))
		match := sortTerms(e.next(n + padding(n)))
		flows[cookie] = append(match, e.b...)
		return struct{}{}, e.err()
	})
	return flows, err
}

// sortTerms puts the TLVs of a match into a fixed order: Open vSwitch has one
// of its own.
func sortTerms(m []byte) []byte {
	c := cursor{b: m}
	c.skip(2)
	body := c.sub(int(c.uint16()) - 4)
	var terms [][]byte
	for !body.empty() {
		terms = append(terms, body.next(4+int(body.b[3])))
	}
	slices.SortFunc(terms, bytes.Compare)
	sorted := append(slices.Clone(m[:4]), bytes.Join(terms, nil)...)
	return pad(sorted, 0)
}
