package ovsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/ovn-org/libovsdb/model"
	"github.com/ovn-org/libovsdb/ovsdb"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

// maxTries is how often a change of ports is tried where others change the
// same ports at the same time.
const maxTries = 3

// setPorts makes the change. What a transaction carries depends on the change
// alone: the column with the bridge's ports is never written as a whole.
func (c *conn) setPorts(ctx context.Context, name string, change ovs.PortChanges) (err error) {
	for range maxTries {
		var ops []ovsdb.Operation
		if ops, err = c.portOps(name, change); err == nil && len(ops) > 0 {
			err = c.transact(ctx, ops...)
		}
		if !isConflict(err) {
			return err
		}
		// The answer comes after every update that the server has sent.
		if err := c.echo(ctx); err != nil {
			return err
		}
	}
	return err
}

func (c *conn) portOps(name string, change ovs.PortChanges) ([]ovsdb.Operation, error) {
	br := c.bridge(name)
	if br == nil {
		return nil, fmt.Errorf("%w: the bridge is being made", ovs.ErrUnavailable)
	}
	var b batch
	var added, deleted []string
	for n, spec := range change.Add {
		if slices.Contains(change.Delete, spec.Name) {
			continue
		}
		uuid, err := c.addPort(&b, br, spec, n)
		if err != nil {
			return nil, err
		}
		added = append(added, uuid...)
	}
	for _, name := range change.Delete {
		if p := find(c, portTable, &portRow{Name: name}); p != nil && slices.Contains(br.Ports, p.UUID) {
			deleted = append(deleted, p.UUID)
		}
	}
	c.mutatePorts(&b, br, ovsdb.MutateOperationInsert, added)
	c.mutatePorts(&b, br, ovsdb.MutateOperationDelete, deleted)
	return b.ops, b.err
}

// addPort gives the named UUID of a port that is new, or updates one that
// exists.
func (c *conn) addPort(b *batch, br *bridgeRow, spec ovs.PortSpec, n int) (uuid []string, err error) {
	p := find(c, portTable, &portRow{Name: spec.Name})
	switch {
	case p == nil:
		iface, port := fmt.Sprintf("iface%d", n), fmt.Sprintf("port%d", n)
		row := &ifaceRow{UUID: iface, Name: spec.Name}
		row.set(spec)
		b.add(c.client.Create(row, &portRow{UUID: port, Name: spec.Name, Interfaces: []string{iface}}))
		return []string{port}, nil
	case !slices.Contains(br.Ports, p.UUID):
		return nil, c.elsewhere(p, br)
	}
	return nil, c.updatePort(b, p, spec)
}

// elsewhere says where a port is that was not found on the bridge. libovsdb
// takes the rows of an update one by one: that of the bridge may be next.
func (c *conn) elsewhere(p *portRow, br *bridgeRow) error {
	if other := c.bridgeOf(p.UUID); other != "" && other != br.Name {
		return bridge.ElsewhereError(p.Name, other)
	}
	return errStale
}

// updatePort changes only what differs: Open vSwitch looks at all the ports of
// a bridge when one is written.
func (c *conn) updatePort(b *batch, p *portRow, spec ovs.PortSpec) error {
	if len(p.Interfaces) != 1 {
		return fmt.Errorf("%w: port %s is a bond of %d interfaces", ovs.ErrRefused, p.Name, len(p.Interfaces))
	}
	is := find(c, ifaceTable, &ifaceRow{UUID: p.Interfaces[0]})
	switch {
	case is == nil:
		return errStale
	case is.has(spec):
		return nil
	}
	is.set(spec)
	b.add(c.client.Where(is).Update(is, &is.Type, &is.OFPortRequest, &is.ExternalIDs, &is.Options))
	return nil
}

func (c *conn) mutatePorts(b *batch, br *bridgeRow, how ovsdb.Mutator, ports []string) {
	if len(ports) == 0 {
		return
	}
	b.add(c.client.Where(br).Mutate(br, model.Mutation{Field: &br.Ports, Mutator: how, Value: ports}))
}

// set makes the interface what the spec says.
func (i *ifaceRow) set(spec ovs.PortSpec) {
	i.Type, i.ExternalIDs, i.Options = spec.Type, spec.ExternalIDs, spec.Options
	if spec.OFPort != 0 {
		i.OFPortRequest = ptr(int(spec.OFPort))
	}
}

func (i *ifaceRow) has(spec ovs.PortSpec) bool {
	return i.Type == spec.Type && maps.Equal(i.ExternalIDs, spec.ExternalIDs) && maps.Equal(i.Options, spec.Options) &&
		(spec.OFPort == 0 || i.OFPortRequest != nil && *i.OFPortRequest == int(spec.OFPort))
}
