package ovsdb

import (
	"context"
	"errors"

	"github.com/ovn-org/libovsdb/model"
	"github.com/ovn-org/libovsdb/ovsdb"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

const (
	secure   = "secure"
	systemID = "system-id"
	hwaddr   = "hwaddr"
)

var errNoRoot = errors.New("the database has no Open_vSwitch row; run: ovs-vsctl --no-wait init")

// ensure makes the bridge and the system-id where they are missing. It costs
// nothing where all is there.
func (c *conn) ensure(ctx context.Context, spec ovs.BridgeSpec) error {
	ops, err := c.ensureOps(spec)
	if err != nil || len(ops) == 0 {
		return err
	}
	return c.transact(ctx, ops...)
}

func (c *conn) ensureOps(spec ovs.BridgeSpec) ([]ovsdb.Operation, error) {
	r := c.root()
	if r == nil {
		return nil, errNoRoot
	}
	var b batch
	if r.ExternalIDs[systemID] == "" {
		// Inserting into a map keeps a value that came meanwhile (RFC 7047, 5.1).
		b.add(c.client.Where(r).Mutate(r, model.Mutation{
			Field: &r.ExternalIDs, Mutator: ovsdb.MutateOperationInsert,
			Value: map[string]string{systemID: bridge.NewSystemID()},
		}))
	}
	switch br := c.bridge(spec.Name); {
	case br == nil:
		c.createBridge(&b, r, spec)
	case br.FailMode == nil || *br.FailMode != secure:
		br.FailMode = ptr(secure)
		b.add(c.client.Where(br).Update(br, &br.FailMode))
	}
	return b.ops, b.err
}

func (c *conn) createBridge(b *batch, r *rootRow, spec ovs.BridgeSpec) {
	br := &bridgeRow{
		UUID: "bridge", Name: spec.Name, Ports: []string{"port"},
		DatapathType: bridge.Datapath(spec), FailMode: ptr(secure),
	}
	if spec.MAC != nil {
		br.OtherConfig = map[string]string{hwaddr: spec.MAC.String()}
	}
	b.add(c.client.Create(
		&ifaceRow{UUID: "iface", Name: spec.Name, Type: "internal"},
		&portRow{UUID: "port", Name: spec.Name, Interfaces: []string{"iface"}},
		br,
	))
	b.add(c.client.Where(r).Mutate(r, model.Mutation{
		Field: &r.Bridges, Mutator: ovsdb.MutateOperationInsert, Value: []string{br.UUID},
	}))
}

// batch collects the operations of a transaction and the first error.
type batch struct {
	ops []ovsdb.Operation
	err error
}

func (b *batch) add(ops []ovsdb.Operation, err error) {
	b.ops = append(b.ops, ops...)
	if b.err == nil {
		b.err = err
	}
}

func ptr[T any](v T) *T { return &v }
