package ovsdb

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ovn-org/libovsdb/model"

	"github.com/vlcp-go/vlcp/ovs"
)

// rows are the rows of a table by UUID. They are shared: read only.
func rows[Row model.Model](c *conn, table string) map[string]Row {
	all := c.replica.Table(table).RowsShallow()
	typed := make(map[string]Row, len(all))
	for uuid, row := range all {
		typed[uuid] = row.(Row)
	}
	return typed
}

// find gives a copy of the row that has the UUID or the index column of like,
// or nil.
func find[Row model.Model](c *conn, table string, like Row) (found Row) {
	_, row, err := c.replica.Table(table).RowByModel(like)
	if err != nil || row == nil {
		return found
	}
	return row.(Row)
}

// root is a copy of the only row of its table, or nil.
func (c *conn) root() *rootRow {
	for uuid := range c.replica.Table(rootTable).RowsShallow() {
		return find(c, rootTable, &rootRow{UUID: uuid})
	}
	return nil
}

func (c *conn) bridge(name string) *bridgeRow {
	return find(c, bridgeTable, &bridgeRow{Name: name})
}

// bridgeOf is the name of the bridge that has the port.
func (c *conn) bridgeOf(port string) string {
	for _, b := range rows[*bridgeRow](c, bridgeTable) {
		if slices.Contains(b.Ports, port) {
			return b.Name
		}
	}
	return ""
}

// ports lists what OpenFlow calls ports: the interfaces of the bridge's ports,
// without the bridge's own. Only a bond has more than one.
func (c *conn) ports(b *bridgeRow) []ovs.Port {
	ports := rows[*portRow](c, portTable)
	ifaces := rows[*ifaceRow](c, ifaceTable)
	var list []ovs.Port
	for _, uuid := range b.Ports {
		p, ok := ports[uuid]
		if !ok || p.Name == b.Name {
			continue
		}
		for _, uuid := range p.Interfaces {
			if i, ok := ifaces[uuid]; ok {
				list = append(list, i.port())
			}
		}
	}
	slices.SortFunc(list, func(a, b ovs.Port) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (i *ifaceRow) port() ovs.Port {
	return ovs.Port{
		Name: i.Name, Type: i.Type,
		OFPort:      uint32(max(value(i.OFPort), 0)), // -1: Open vSwitch can't
		Error:       value(i.Error),
		ExternalIDs: maps.Clone(i.ExternalIDs),
		Options:     maps.Clone(i.Options),
		MTU:         value(i.MTU),
	}
}

// value is what an optional column has, or zero.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
