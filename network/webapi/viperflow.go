package webapi

// viperflow gives the calls by path.
func viperflow() map[string]call {
	calls := map[string]call{}
	physicals().addTo(calls)
	ports := physicalPorts()
	ports.imply = map[string]values{"name": {"vhost": "", "systemid": "%", "bridge": "%"}}
	ports.addTo(calls)
	networks := networks()
	networks.show = showDHCP
	networks.hide = append(networks.hide, "owner")
	networks.addTo(calls)
	subnets := subnets()
	subnets.show = showDHCP
	subnets.addTo(calls)
	logicalPorts := logicalPorts()
	logicalPorts.show = showPort
	logicalPorts.hide = append(logicalPorts.hide, "owner")
	logicalPorts.addTo(calls)
	calls[viperflowRoot+"discover"] = discover(calls)
	return calls
}
