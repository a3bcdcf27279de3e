package webapi_test

import (
	"testing"
)

func TestLogicalObjects(t *testing.T) {
	a := newAPI(t)
	a.steps(
		step{"createphysicalnetwork type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan", `{"result":[{"id":"vxlan","type":"vxlan","vnirange":[[10000,20000]]}]}`},
		step{"createlogicalnetwork physicalnetwork=vxlan&id=network_a&mtu=`1450`", `{"result":[{"id":"network_a","mtu":1450,"physicalnetwork":"vxlan","type":"vxlan","vni":10000}]}`},
		step{"createsubnet logicalnetwork=network_a&cidr=192.168.1.0/24&gateway=192.168.1.1&id=subnet_a",
			`{"result":[{"allocated_end":"192.168.1.254","allocated_start":"192.168.1.1","cidr":"192.168.1.0/24","gateway":"192.168.1.1","id":"subnet_a","network":"network_a"}]}`},
		step{"createlogicalport logicalnetwork=network_a&subnet=subnet_a&id=lgport-1-1&mac_address=02:00:00:00:00:01",
			`{"result":[{"addresses":[{"ip_address":"192.168.1.2","subnet":"subnet_a"}],"id":"lgport-1-1","ip_address":"192.168.1.2","mac_address":"02:00:00:00:00:01","network":"network_a","subnet":"subnet_a"}]}`},
		step{"listlogicalports logicalnetwork=network_a&ip_address=192.168.1.2",
			`{"result":[{"addresses":[{"ip_address":"192.168.1.2","subnet":"subnet_a"}],"id":"lgport-1-1","ip_address":"192.168.1.2","mac_address":"02:00:00:00:00:01","network":"network_a","subnet":"subnet_a"}]}`},
		step{"listlogicalports logicalnetwork=network_b", `{"result":[]}`},
		step{"deletelogicalnetwork id=network_a", errorText("delete logical network network_a: must delete all subnets of this logical network first: subnet_a")},
		step{"deletesubnet id=subnet_a", errorText("delete subnet subnet_a: it has logical ports, delete them first: lgport-1-1 (192.168.1.2)")},
		step{"deletelogicalport id=lgport-1-1", ok},
		step{"deletesubnet id=subnet_a", ok},
		step{"deletelogicalnetwork id=network_a", ok},
	)
}
