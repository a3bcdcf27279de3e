package cli

import (
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

func physicalNetworks() kind[client.PhysicalNetwork] {
	return kind[client.PhysicalNetwork]{
		path: "physical network", title: "physical network", resource: (*client.Client).PhysicalNetworks, naming: "id",
		id: func(p client.PhysicalNetwork) string { return p.ID },
		attributes: []attribute{
			{flag: "type", read: text, usage: "vxlan, vlan, native or local (default vlan)", fixed: true, ids: fixedIDs("vxlan", "vlan", "native", "local")},
			{flag: "vni", name: "vnirange", read: ranges, usage: "with type vxlan: its VNIs, as in 10000-20000,30000-30999"},
			{flag: "vlan", name: "vlanrange", read: ranges, usage: "with type vlan: its VLAN ids, as in 1000-2000"},
			{flag: "default", read: truth, usage: "logical networks that name no physical network go here"},
		},
		columns: []column[client.PhysicalNetwork]{
			{"ID", func(p client.PhysicalNetwork) string { return p.ID }},
			{"TYPE", func(p client.PhysicalNetwork) string { return p.Type }},
			{"RANGE", func(p client.PhysicalNetwork) string { return rangesOf(append(p.VNIRange, p.VLANRange...)) }}, // it has one of them
			{"DEFAULT", func(p client.PhysicalNetwork) string { return yes(p.Default) }},
		},
		examples: map[string]string{
			"create": "vlcp physical network create --type vlan --vlan 1000-2000 vlan",
			"list":   "vlcp physical network list",
			"show":   "vlcp physical network show vlan",
			"update": "vlcp physical network update --vlan 1000-3000 vlan",
			"delete": "vlcp physical network delete vlan",
		},
	}
}

func physicalPorts() kind[client.PhysicalPort] {
	return kind[client.PhysicalPort]{
		path: "physical port", title: "physical port", resource: (*client.Client).PhysicalPorts, naming: "name", required: true,
		long: "Manage physical ports: which port of the bridges is the way into a physical network. One tells it for all hosts, unless it names one.",
		id:   func(p client.PhysicalPort) string { return p.ID },
		attributes: []attribute{
			{flag: "network", name: "physicalnetwork", read: text, usage: "the physical network", fixed: true, must: true, ids: physicalNetworks().ids()},
			{flag: "host", name: "systemid", read: text, usage: "the system-id of the host (default any)", fixed: true, ids: hosts().ids()},
			{flag: "bridge", read: text, usage: "the bridge (default any)", fixed: true},
		},
		columns: []column[client.PhysicalPort]{
			{"ID", func(p client.PhysicalPort) string { return p.ID }},
			{"NETWORK", func(p client.PhysicalPort) string { return p.Network }},
			{"PORT", func(p client.PhysicalPort) string { return p.Name }},
			{"HOST", func(p client.PhysicalPort) string { return p.SystemID }},
			{"BRIDGE", func(p client.PhysicalPort) string { return p.Bridge }},
		},
		examples: map[string]string{
			"create": "vlcp physical port create --network vlan bond0",
			"list":   "vlcp physical port list",
			"show":   "vlcp physical port show bond0",
			"update": "vlcp physical port update --set rack=r7 bond0",
			"delete": "vlcp physical port delete bond0",
		},
	}
}

func rangesOf(all [][2]uint32) string {
	var parts []string
	for _, r := range all {
		parts = append(parts, fmt.Sprintf("%d-%d", r[0], r[1]))
	}
	return strings.Join(parts, ",")
}
