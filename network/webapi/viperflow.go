package webapi

import (
	"context"
	"encoding/json"

	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
)

// viperflow gives the calls by path.
func viperflow() map[string]call {
	calls := map[string]call{}
	kind[network.Physical]{
		name:   "physicalnetwork",
		batch:  "networks",
		read:   param.Physical,
		id:     param.ID,
		create: (*network.Model).CreatePhysicals,
		remove: (*network.Model).DeletePhysicals,
		list:   everywhere((*network.Model).Physicals),
		find:   (*network.Model).Physical,
	}.addTo(calls)
	kind[network.PhysicalPort]{
		name:   "physicalport",
		batch:  "ports",
		read:   param.PhysicalPort,
		id:     param.PhysicalPortID,
		create: (*network.Model).CreatePhysicalPorts,
		remove: (*network.Model).DeletePhysicalPorts,
		list:   everywhere((*network.Model).PhysicalPorts),
		imply:  map[string]values{"name": {"vhost": "", "systemid": "%", "bridge": "%"}},
	}.addTo(calls)
	addLogical(calls)
	return calls
}

// addLogical adds the calls on logical networks and what is in them.
func addLogical(calls map[string]call) {
	kind[network.Network]{
		name:   "logicalnetwork",
		batch:  "networks",
		read:   param.Network,
		id:     param.ID,
		create: createNetworks,
		remove: (*network.Model).DeleteNetworks,
		list:   everywhere((*network.Model).Networks),
		find:   (*network.Model).Network,
		hide:   []string{"number", "owner"},
		show:   func(_ network.Network, v values) { showLease(v) },
	}.addTo(calls)
	kind[network.Subnet]{
		name:   "subnet",
		batch:  "subnets",
		read:   param.WholeSubnet,
		id:     param.ID,
		create: (*network.Model).CreateSubnets,
		remove: (*network.Model).DeleteSubnets,
		list:   (*network.Model).Subnets,
		find:   (*network.Model).Subnet,
		hide:   []string{"pool", "auto_gateway"},
		show:   func(_ network.Subnet, v values) { showLease(v) },
	}.addTo(calls)
	kind[network.Port]{
		name:   "logicalport",
		batch:  "ports",
		read:   param.WholePort,
		id:     param.ID,
		create: (*network.Model).CreatePorts,
		remove: (*network.Model).DeletePorts,
		list:   (*network.Model).Ports,
		find:   (*network.Model).Port,
		hide:   []string{"owner", "location"},
		show:   showPort,
	}.addTo(calls)
}

// everywhere is the list of a kind whose objects are in no logical network.
func everywhere[T any](list func(*network.Model, context.Context) ([]T, error)) func(*network.Model, context.Context, string) ([]T, error) {
	return func(m *network.Model, ctx context.Context, _ string) ([]T, error) { return list(m, ctx) }
}

// createNetworks creates networks without subnets.
func createNetworks(m *network.Model, ctx context.Context, all ...network.Network) ([]network.Network, error) {
	specs := make([]network.Spec, len(all))
	for i, n := range all {
		specs[i].Network = n
	}
	return m.CreateNetworks(ctx, specs...)
}

// showLease makes a number of the seconds of a lease.
func showLease(v values) {
	if seconds, ok := v["lease_time"].(string); ok && seconds != "infinite" {
		v["lease_time"] = json.Number(seconds)
	}
}

// showPort shows the first address as an only one was shown. Of where the port
// is plugged in it shows the host.
func showPort(p network.Port, v values) {
	if len(p.Addresses) > 0 {
		v["subnet"], v["ip_address"] = p.Addresses[0].Subnet, p.Addresses[0].Address.String()
	}
	if p.Location.Host != "" {
		v["location"] = values{"host": p.Location.Host}
	}
}
