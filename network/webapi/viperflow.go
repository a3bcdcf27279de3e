package webapi

import (
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
		list:   (*network.Model).Physicals,
		find:   (*network.Model).Physical,
	}.addTo(calls)
	kind[network.PhysicalPort]{
		name:   "physicalport",
		batch:  "ports",
		read:   param.PhysicalPort,
		id:     param.PhysicalPortID,
		create: (*network.Model).CreatePhysicalPorts,
		remove: (*network.Model).DeletePhysicalPorts,
		list:   (*network.Model).PhysicalPorts,
		imply:  map[string]values{"name": {"vhost": "", "systemid": "%", "bridge": "%"}},
	}.addTo(calls)
	kind[network.Network]{
		name: "logicalnetwork",
		list: (*network.Model).Networks,
		find: (*network.Model).Network,
	}.addTo(calls)
	return calls
}
