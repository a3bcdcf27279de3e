package webapi_test

import "testing"

// logicalAPI has a logical network blue (VNI 10000) with subnet s (two
// addresses, and a gateway) and port p, an empty one red, and VLAN networks.
func logicalAPI(t *testing.T) *api {
	a := newAPI(t)
	for _, call := range []string{
		"createphysicalnetwork type=vxlan&vnirange=`[[10000,10001]]`&id=vxlan",
		"createphysicalnetwork type=vlan&vlanrange=`[[100,200]]`&id=vlan",
		"createlogicalnetworks networks=`[{'physicalnetwork':'vxlan','id':'blue'},{'physicalnetwork':'vxlan','id':'red'},{'physicalnetwork':'vlan','id':'office','vlanid':100}]`",
		"createsubnet id=s&logicalnetwork=blue&cidr=192.168.3.0/24&gateway=192.168.3.1&allocated_start=192.168.3.1&allocated_end=192.168.3.3",
		"createlogicalports ports=`[{'id':'p','logicalnetwork':'blue','subnet':'s','mac_address':'02:00:00:00:00:01'},{'id':'q','logicalnetwork':'red'}]`",
	} {
		if status, body := a.call(call); status != 200 {
			t.Fatal(body)
		}
	}
	return a
}

func TestErrorsOfLogicalNetworks(t *testing.T) {
	logicalAPI(t).refuses([]refused{
		{"createlogicalnetwork physicalnetwork=p&id=n", "Physical network p not exists",
			`create logical network n: physical network "p" does not exist`},
		{"createlogicalnetwork physicalnetwork=vxlan&id=n", "no available VNI in physical network vxlan",
			`create logical network n: no available VNI in physical network "vxlan": extend its vnirange, or delete logical networks`},
		{"createlogicalnetwork physicalnetwork=vlan&id=n&vlanid=100", "Specified VLAN ID 100 allocated or not in range",
			`create logical network n: specified VLAN ID 100 is allocated to logical network "office"`},
		{"createlogicalnetwork physicalnetwork=vxlan&id=n&vni=9", "Specified VNI 9 allocated or not in range",
			`create logical network n: specified VNI 9 not in range: physical network "vxlan" has [10000, 10001]`},
		{"createlogicalnetwork physicalnetwork=vlan&id=n&vni=10000", "",
			`create logical network n: physical network "vlan" is of type vlan, not vxlan: name another one`},
		{"createlogicalnetwork physicalnetwork=vlan&id=n&vni=x", "At 'vni': 'x' cannot match type ...",
			`vni: "x" is not a VNI from 1 to 16777215, such as 10001`},
		{"createlogicalnetwork physicalnetwork=vlan&id=n&dns_nameservers=`['x']`", "",
			`dns_nameservers: ["x"] is not a list of addresses, such as ["192.168.1.2", "192.168.1.3"]`},
		{"createlogicalnetwork physicalnetwork=vlan&id=blue", "<DataObject (<...object at 0x..>) at 'viperflow.logicnetwork.blue'> already exists",
			`create logical network blue: it exists already: choose another id`},
		{"createlogicalnetworks networks=`[{'physicalnetwork':'vlan','id':'n'},{'physicalnetwork':'vlan','id':'n'}]`", "Repeated ID: n",
			`create logical network n: it is named twice in one call`},
		{"createlogicalnetworks networks=`[{'physicalnetwork':'vlan','id':'n'},{'physicalnetwork':'vlan','mtu':'big'}]`", "At 'networks.1.mtu': 'big' cannot match type ...",
			`networks.1.mtu: "big" is not a number of bytes from 68 to 65535, such as 1450`},
		{"updatelogicalnetwork mtu=1400", "updatelogicalnetwork() missing 1 required positional argument: 'id'",
			`id: is missing: give an id, such as "net1"`},
		{"updatelogicalnetwork id=n&mtu=1400", "Logical network n not exists",
			`update logical network n: logical network "n" does not exist`},
		{"updatelogicalnetwork id=blue&mtu=big", "At 'mtu': 'big' cannot match type ...",
			`mtu: "big" is not a number of bytes from 68 to 65535, such as 1450`},
		{"updatelogicalnetwork id=blue&physicalnetwork=vlan", "",
			`update logical network blue: the physical network can't be changed`},
		{"updatelogicalnetwork id=blue&vni=10001", "Specified VNI 10001 allocated or not in range",
			`update logical network blue: specified VNI 10001 is allocated to logical network "red"`},
		{"updatelogicalnetwork id=blue&vlanid=101", "",
			`update logical network blue: vlanid: goes with type=vlan, and the type is vxlan`},
		{"updatelogicalnetworks networks=`[{'id':'red','mtu':1400},{'id':'n','mtu':1400}]`", "Logical network n not exists",
			`update logical network n: logical network "n" does not exist`},
		{"updatelogicalnetwork id=blue&number=5", "",
			`number: is set by vlcp itself and can't be given`},
		{"deletelogicalnetwork id=blue", "Must delete all subnets of this logical network blue",
			`delete logical network blue: must delete all subnets of this logical network first: s`},
		{"deletelogicalnetwork id=red", "Must delete all logical ports of this logical network red",
			`delete logical network red: must delete all logical ports of this logical network first: q`},
		{"deletelogicalnetwork id=n", "Logical network n not exists",
			`delete logical network n: logical network "n" does not exist`},
	})
}

func TestErrorsOfSubnets(t *testing.T) {
	logicalAPI(t).refuses([]refused{
		{"createsubnet cidr=10.0.0.0/24", "createsubnet() missing 1 required positional argument: 'logicalnetwork'",
			`logicalnetwork: is missing: give the id of a logical network, such as "net1"`},
		{"createsubnet logicalnetwork=red", "createsubnet() missing 1 required positional argument: 'cidr'",
			`cidr: is missing: give a network, such as 192.168.1.0/24`},
		{"createsubnet logicalnetwork=n&id=t&cidr=10.0.0.0/24", "Logical network n not exists",
			`create subnet t: logical network "n" does not exist`},
		{"createsubnet logicalnetwork=red&id=t&cidr=10.0.0.0", "",
			`cidr: "10.0.0.0" is not a network, such as 192.168.1.0/24`},
		{"createsubnet logicalnetwork=red&id=t&cidr=10.0.0.0/33", "At 'cidr': '10.0.0.0/33' cannot match type ...",
			`cidr: "10.0.0.0/33" is not a network, such as 192.168.1.0/24`},
		{"createsubnet logicalnetwork=red&id=t&cidr=192.168.3.0/24&gateway=192.168.9.1", " 192.168.9.1 not in cidr 192.168.3.0/24",
			`create subnet t: gateway 192.168.9.1: address outside the subnet 192.168.3.0/24`},
		{"createsubnet logicalnetwork=red&id=t&cidr=10.0.0.0/24&allocated_start=10.0.0.9&allocated_end=10.0.0.8", "IP pool is empty for subnet t",
			`create subnet t: allocated_start 10.0.0.9 is above allocated_end 10.0.0.8: no address is left`},
		{"createsubnet logicalnetwork=red&id=t&cidr=10.0.0.0/24&allocated_start=10.0.1.9", "",
			`create subnet t: allocated_start 10.0.1.9 is not in cidr 10.0.0.0/24`},
		{"createsubnet logicalnetwork=red&id=s&cidr=10.0.0.0/24", "<DataObject (<...object at 0x..>) at 'viperflow.subnet.s'> already exists",
			`create subnet s: it exists already, in logical network "blue": choose another id`},
		{"createsubnet logicalnetwork=red&id=t&cidr=10.0.0.0/24&router=r", "",
			`router: is set by vlcp itself and can't be given`},
		{"updatesubnet id=t&gateway=10.0.0.1", "Subnet t not exists",
			`update subnet t: subnet "t" does not exist`},
		{"updatesubnet id=s&isexternal=`True`", "isexternal cannot be changed",
			`update subnet s: isexternal cannot be changed`},
		{"updatesubnet id=s&logicalnetwork=red", "",
			`update subnet s: the logical network can't be changed`},
		{"updatesubnet id=s&allocated_start=192.168.3.3", "New configurations conflicts with the old configuration or allocations in subnet s",
			`update subnet s: addresses in use lie outside the new range: p (192.168.3.2)`},
		{"updatesubnet id=s&gateway=192.168.3.2", "",
			`update subnet s: use gateway 192.168.3.2: address already in use by port p`},
		{"deletesubnet id=s", "Subnet s has logical ports or router ports",
			`delete subnet s: it has logical ports, delete them first: p (192.168.3.2)`},
		{"deletesubnet id=t", "Subnet t not exists",
			`delete subnet t: subnet "t" does not exist`},
	})
}

func TestErrorsOfLogicalPorts(t *testing.T) {
	a := logicalAPI(t)
	a.refuses([]refused{
		{"createlogicalport id=n", "createlogicalport() missing 1 required positional argument: 'logicalnetwork'",
			`logicalnetwork: is missing: give the id of a logical network, such as "net1"`},
		{"createlogicalport id=n&logicalnetwork=n", "Logical network n not exists",
			`create logical port n: logical network "n" does not exist`},
		{"createlogicalport id=n&logicalnetwork=red&subnet=s", "Specified subnet s is not in logical network red",
			`create logical port n: specified subnet "s" is not in logical network "red"`},
		{"createlogicalport id=n&logicalnetwork=blue&subnet=s&ip_address=192.168.3.9", "Specified ip_address 192.168.3.9 is not an usable IP address in subnet s",
			`create logical port n: ip_address 192.168.3.9 is not usable in subnet "s": address outside the subnet: this subnet gives its ports 192.168.3.1 to 192.168.3.3`},
		{"createlogicalport id=n&logicalnetwork=blue&subnet=s&ip_address=192.168.3.1", "Specified ip_address 192.168.3.1 is not an usable IP address in subnet s",
			`create logical port n: ip_address 192.168.3.1 is the gateway of subnet "s": choose another`},
		{"createlogicalport id=n&logicalnetwork=blue&subnet=s&ip_address=192.168.3.2", "IP address 192.168.3.2 has been used in subnet s",
			`create logical port n: use address 192.168.3.2: address already in use by port p`},
		{"createlogicalport id=n&logicalnetwork=blue&ip_address=10.0.0.1", "",
			`create logical port n: ip_address 10.0.0.1 is in no subnet of logical network "blue", which has 192.168.3.0/24`},
		{"createlogicalport id=n&logicalnetwork=blue&addresses=`['192.168.3.3']`&subnet=s", "",
			`subnet: can't be given together with addresses`},
		{"createlogicalport id=n&logicalnetwork=blue&addresses=`[{'subnet':'s','gateway':1}]`", "",
			`addresses: [{"gateway":1,"subnet":"s"}] is not a list of addresses, such as [{"subnet": "subnet1", "ip_address": "192.168.1.2"}]`},
		{"createlogicalports ports=`[{'id':'m','logicalnetwork':'blue','subnet':'s'},{'id':'n','logicalnetwork':'blue','subnet':'s'}]`", "Cannot allocate an available IP address from subnet s",
			`create logical port n: subnet "s" has no free address left: create a larger one, or delete ports`},
		{"createlogicalport id=n&logicalnetwork=blue&mac_address=02:00:00:00:00:01",
			"Unique key conflict for 'viperflow.logicalport.n' and 'viperflow.logicalport.p', with key 'indices...'",
			`create logical port n: mac_address 02:00:00:00:00:01 is that of logical port "p" in the same logical network: choose another`},
		{"createlogicalport id=n&logicalnetwork=blue&mac_address=02-00-00-00-00-09", "At 'mac_address': '02-00-00-00-00-09' cannot match type ...",
			`create logical port n: mac_address "02-00-00-00-00-09" is not of the form 02:00:00:00:00:01`},
		{"createlogicalport id=n&logicalnetwork=blue&mac_address=", "At 'mac_address': '' cannot match type ...",
			`mac_address: "" is not a MAC address, such as 02:00:00:00:00:01`},
		{"createlogicalport id=p&logicalnetwork=red", "<DataObject (<...object at 0x..>) at 'viperflow.logicalport.p'> already exists",
			`create logical port p: it exists already, in logical network "blue": choose another id`},
		{"updatelogicalport id=n&hostname=x", "Logical port n not exists",
			`update logical port n: logical port "n" does not exist`},
		{"updatelogicalport id=p&logicalnetwork=red", "",
			`update logical port p: the logical network can't be changed`},
		{"updatelogicalport id=p&subnet=t", "",
			`update logical port p: subnet: can't be changed: give an ip_address of the other subnet, and the port moves there`},
		{"updatelogicalport id=p&network=red", "",
			`network: is given as logicalnetwork`},
		{"updatelogicalport id=p&ip_address=192.168.3.9", "Specified ip_address 192.168.3.9 is not an usable IP address in subnet s",
			`update logical port p: ip_address 192.168.3.9 is not usable in subnet "s": address outside the subnet: this subnet gives its ports 192.168.3.1 to 192.168.3.3`},
		{"updatelogicalport id=p&ip_address=192.168.3.3&addresses=`[]`", "",
			`ip_address: can't be given together with addresses`},
		{"deletelogicalport id=n", "Logical port n not exists",
			`delete logical port n: logical port "n" does not exist`},
		{"deletelogicalports ports=`[{'id':'p'},{'id':'n'}]`", "Logical port n not exists",
			`delete logical port n: logical port "n" does not exist`},
	})
	a.steps(step{"listlogicalports id=n", `{"result":[]}`}, step{"listlogicalports id=m", `{"result":[]}`})
}
