package ovsdb

import (
	"maps"
	"slices"

	"github.com/ovn-org/libovsdb/client"
	"github.com/ovn-org/libovsdb/model"
	"github.com/ovn-org/libovsdb/ovsdb"
)

// The columns of the database Open_vSwitch that matter here. A column that is
// not listed is not monitored: those with statistics change every five
// seconds.
type (
	rootRow struct {
		UUID        string            `ovsdb:"_uuid"`
		Bridges     []string          `ovsdb:"bridges"`
		ExternalIDs map[string]string `ovsdb:"external_ids"`
		Version     *string           `ovsdb:"ovs_version"`
	}
	bridgeRow struct {
		UUID         string            `ovsdb:"_uuid"`
		Name         string            `ovsdb:"name"`
		DatapathType string            `ovsdb:"datapath_type"`
		FailMode     *string           `ovsdb:"fail_mode"`
		OtherConfig  map[string]string `ovsdb:"other_config"`
		Ports        []string          `ovsdb:"ports"`
	}
	portRow struct {
		UUID       string   `ovsdb:"_uuid"`
		Name       string   `ovsdb:"name"`
		Interfaces []string `ovsdb:"interfaces"`
	}
	ifaceRow struct {
		UUID          string            `ovsdb:"_uuid"`
		Name          string            `ovsdb:"name"`
		Type          string            `ovsdb:"type"`
		OFPort        *int              `ovsdb:"ofport"`
		OFPortRequest *int              `ovsdb:"ofport_request"`
		Error         *string           `ovsdb:"error"`
		ExternalIDs   map[string]string `ovsdb:"external_ids"`
		Options       map[string]string `ovsdb:"options"`
		MTU           *int              `ovsdb:"mtu"`
	}
)

// The tables.
const (
	rootTable   = "Open_vSwitch"
	bridgeTable = "Bridge"
	portTable   = "Port"
	ifaceTable  = "Interface"
)

func databaseModel() (model.ClientDBModel, error) {
	return model.NewClientDBModel("Open_vSwitch", map[string]model.Model{
		rootTable: &rootRow{}, bridgeTable: &bridgeRow{}, portTable: &portRow{}, ifaceTable: &ifaceRow{},
	})
}

// CloneModel copies a row that may list many ports. libovsdb, which copies each
// row that changes several times, would do it by way of JSON.
func (b *bridgeRow) CloneModel() model.Model {
	c := *b
	c.OtherConfig, c.Ports = maps.Clone(b.OtherConfig), slices.Clone(b.Ports)
	if b.FailMode != nil {
		c.FailMode = ptr(*b.FailMode)
	}
	return &c
}

// CloneModelInto is CloneModel into a row that exists.
func (b *bridgeRow) CloneModelInto(to model.Model) {
	*to.(*bridgeRow) = *b.CloneModel().(*bridgeRow)
}

// monitor asks for all the columns of the model. It does so by monitor_cond:
// where a change does not fit the replica, libovsdb ends such a connection,
// while with monitor_cond_since it would go on with a replica that is wrong.
func monitor(c client.Client) *client.Monitor {
	var (
		r rootRow
		b bridgeRow
		p portRow
		i ifaceRow
	)
	m := c.NewMonitor(
		client.WithTable(&r, &r.Bridges, &r.ExternalIDs, &r.Version),
		client.WithTable(&b, &b.Name, &b.DatapathType, &b.FailMode, &b.OtherConfig, &b.Ports),
		client.WithTable(&p, &p.Name, &p.Interfaces),
		client.WithTable(&i, &i.Name, &i.Type, &i.OFPort, &i.OFPortRequest, &i.Error, &i.ExternalIDs, &i.Options, &i.MTU),
	)
	m.Method = ovsdb.ConditionalMonitorRPC
	return m
}
