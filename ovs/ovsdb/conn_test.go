package ovsdb

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ovn-org/libovsdb/ovsdb"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ovs"
)

// connected opens a bridge and gives the connection that serves it.
func connected(t *testing.T, o *testenv.OVSInstance) (*Switch, *conn) {
	t.Helper()
	s, err := Open(t.Context(), ovs.BridgeSpec{Name: "br0", Datapath: "netdev", Database: o.DB})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	var c *conn
	await(t, s, func() (ok bool) {
		c, err = s.link.Get(t.Context())
		return err == nil
	})
	return s, c
}

func await(t *testing.T, s *Switch, check func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	seen := errors.New("seen")
	err := s.Watch(ctx, func(ovs.Event) error {
		if check() {
			return seen
		}
		return nil
	})
	if !errors.Is(err, seen) {
		t.Fatalf("waited in vain: %v", err)
	}
}

// TestAddIsAsLargeOnAFullBridge: what a transaction carries depends on what
// changes, not on what is there.
func TestAddIsAsLargeOnAFullBridge(t *testing.T) {
	s, c := connected(t, testenv.OVS(t))
	change := ovs.PortChanges{Add: []ovs.PortSpec{{Name: "new"}}, Delete: []string{"p000"}}
	size := func() int {
		ops, err := c.portOps("br0", change)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(ops)
		if err != nil {
			t.Fatal(err)
		}
		return len(b)
	}
	add := func(from, to int) {
		var ports ovs.PortChanges
		for i := from; i < to; i++ {
			ports.Add = append(ports.Add, ovs.PortSpec{Name: fmt.Sprintf("p%03d", i)})
		}
		if err := s.SetPorts(t.Context(), ports); err != nil {
			t.Fatal(err)
		}
	}
	add(0, 1)
	before := size()
	add(1, 200)
	if after := size(); after != before {
		t.Errorf("a change is %d bytes on a bridge with 200 ports, %d on one with 1", after, before)
	}
}

// TestNoTransactionForNothing: Open vSwitch looks at all ports of a bridge
// when one is written.
func TestNoTransactionForNothing(t *testing.T) {
	s, c := connected(t, testenv.OVS(t))
	same := ovs.PortChanges{
		Add:    []ovs.PortSpec{{Name: "p", ExternalIDs: map[string]string{"k": "v"}, OFPort: 5}},
		Delete: []string{"absent"},
	}
	if err := s.SetPorts(t.Context(), same); err != nil {
		t.Fatal(err)
	}
	if ops, err := c.portOps("br0", same); len(ops) != 0 || err != nil {
		t.Errorf("operations %v, error %v", ops, err)
	}
	if ops, err := c.ensureOps(s.spec); len(ops) != 0 || err != nil {
		t.Errorf("operations %v, error %v", ops, err)
	}
}

// TestBond: its interfaces are ports to OpenFlow; it can't be set like one.
func TestBond(t *testing.T) {
	o := testenv.OVS(t)
	s, _ := connected(t, o)
	o.Vsctl("--no-wait", "add-bond", "br0", "bond0", "eth0", "eth1")
	await(t, s, func() bool {
		ports, err := s.Ports(t.Context())
		return err == nil && len(ports) == 2 && ports[0].Name == "eth0" && ports[1].Name == "eth1"
	})
	err := s.SetPorts(t.Context(), ovs.PortChanges{Add: []ovs.PortSpec{{Name: "bond0"}}})
	if !errors.Is(err, ovs.ErrRefused) || !strings.Contains(err.Error(), "bond0 is a bond") {
		t.Errorf("error %v", err)
	}
	if err := s.SetPorts(t.Context(), ovs.PortChanges{Delete: []string{"bond0"}}); err != nil {
		t.Error(err)
	}
	if ports, err := s.Ports(t.Context()); len(ports) != 0 || err != nil {
		t.Errorf("ports %v, error %v", ports, err)
	}
}

// TestReplicaThatIsWrongIsReplaced: after an update that does not fit, the
// switch reads everything again.
func TestReplicaThatIsWrongIsReplaced(t *testing.T) {
	o := testenv.OVS(t)
	s, c := connected(t, o)
	if err := s.SetPorts(t.Context(), ovs.PortChanges{Add: []ovs.PortSpec{{Name: "p"}}}); err != nil {
		t.Fatal(err)
	}
	forget(t, c, ifaceTable, find(c, ifaceTable, &ifaceRow{Name: "p"}).UUID)
	o.Vsctl("--no-wait", "set", "interface", "p", "external_ids:k=v")
	await(t, s, func() bool {
		ports, err := s.Ports(t.Context())
		return err == nil && len(ports) == 1 && ports[0].ExternalIDs["k"] == "v"
	})
	if again, err := s.link.Get(t.Context()); err != nil || again == c {
		t.Errorf("the same connection, error %v", err)
	}
}

// forget makes the replica wrong.
func forget(t *testing.T, c *conn, table, uuid string) {
	t.Helper()
	row := ovsdb.TableUpdate2{uuid: {Delete: &ovsdb.Row{}}}
	if err := c.replica.Populate2(ovsdb.TableUpdates2{table: row}); err != nil {
		t.Fatal(err)
	}
}

// TestNoStatistics: a bridge where nothing happens makes no event, though Open
// vSwitch counts.
func TestNoStatistics(t *testing.T) {
	columns := 0
	_, c := connected(t, testenv.OVS(t))
	for _, table := range monitor(c.client).Tables {
		columns += len(table.Fields)
		for _, column := range table.Fields {
			if strings.Contains(column, "statistics") || column == "cur_cfg" {
				t.Errorf("%s.%s is monitored", table.Table, column)
			}
		}
	}
	if columns == 0 {
		t.Error("no columns named: all are monitored")
	}
}

func TestDatabaseWithoutRoot(t *testing.T) {
	o := testenv.OVS(t)
	s, c := connected(t, o)
	for uuid := range c.replica.Table(rootTable).RowsShallow() {
		forget(t, c, rootTable, uuid)
	}
	if err := c.ensure(t.Context(), s.spec); !errors.Is(err, errNoRoot) {
		t.Errorf("error %v", err)
	}
}

func TestClonesShareNothing(t *testing.T) {
	b := &bridgeRow{Name: "b", FailMode: ptr("secure"), OtherConfig: map[string]string{"k": "v"}, Ports: []string{"p"}}
	var into bridgeRow
	b.CloneModelInto(&into)
	for _, c := range []*bridgeRow{b.CloneModel().(*bridgeRow), &into} {
		*c.FailMode, c.OtherConfig["k"], c.Ports[0] = "x", "x", "x"
	}
	if *b.FailMode != "secure" || b.OtherConfig["k"] != "v" || b.Ports[0] != "p" {
		t.Errorf("row %+v", b)
	}
}

func TestCheck(t *testing.T) {
	ops := []ovsdb.Operation{{Op: ovsdb.OperationInsert, Table: "Port"}, {Op: ovsdb.OperationMutate, Table: "Bridge"}}
	for name, test := range map[string]struct {
		results  []ovsdb.OperationResult
		want     error
		conflict bool
	}{
		"done":             {[]ovsdb.OperationResult{{}, {Count: 1}}, nil, false},
		"bridge gone":      {[]ovsdb.OperationResult{{}, {Count: 0}}, ovs.ErrUnavailable, true},
		"refused":          {[]ovsdb.OperationResult{{Error: "domain error", Details: "x"}, {}}, ovs.ErrRefused, false},
		"duplicate":        {[]ovsdb.OperationResult{{}, {Count: 1}, {Error: "constraint violation"}}, ovs.ErrRefused, true},
		"too few results":  {[]ovsdb.OperationResult{{}}, ovs.ErrRefused, false},
		"error at commits": {[]ovsdb.OperationResult{{}, {Count: 1}, {Error: "resources exhausted"}}, ovs.ErrRefused, false},
	} {
		err := check(test.results, ops)
		if !errors.Is(err, test.want) || isConflict(err) != test.conflict {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestLogIsForDebuggers(t *testing.T) {
	for level, want := range map[slog.Level]string{
		slog.LevelInfo:  "",
		slog.LevelDebug: "level=DEBUG msg=hello database=x of=cache a=1\nlevel=DEBUG msg=failed database=x of=cache a=2 error=why\n",
	} {
		var out bytes.Buffer
		noTime := func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		l := newLogr(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level, ReplaceAttr: noTime}))).WithValues("database", "x").WithName("cache")
		l.V(3).Info("hello", "a", 1)
		l.V(5).Info("each row")
		l.Error(errors.New("why"), "failed", "a", 2)
		if got := out.String(); got != want {
			t.Errorf("at %v:\n%s", level, got)
		}
	}
}
