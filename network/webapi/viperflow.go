package webapi

import (
	"context"
	"maps"

	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
)

// The roots of the original's calls.
const (
	viperflowRoot = "/viperflow/"
	vrouterRoot   = "/vrouterapi/"
)

// originals gives the calls of the original's API by path.
func originals() map[string]call {
	all := map[string]call{}
	maps.Copy(all, viperflow())
	maps.Copy(all, vrouterapi())
	return all
}

// viperflow gives the calls on networks.
func viperflow() map[string]call {
	calls, words := map[string]call{}, usual(viperflowRoot)
	physicals().addTo(calls, words)
	ports := physicalPorts()
	ports.imply = map[string]values{"name": {"vhost": "", "systemid": "%", "bridge": "%"}}
	ports.addTo(calls, words)
	networks := networks()
	networks.show = showDHCP
	networks.hide = append(networks.hide, "owner", network.DockerName)
	networks.addTo(calls, words)
	subnets := subnets()
	subnets.show = showDHCP
	subnets.addTo(calls, words)
	logicalPorts := logicalPorts()
	logicalPorts.show = showPort
	logicalPorts.hide = append(logicalPorts.hide, "owner")
	logicalPorts.addTo(calls, words)
	calls[viperflowRoot+"discover"] = discover(viperflowRoot, calls)
	return calls
}

// vrouterapi gives the calls on virtual routers. There an interface has no id of
// its own but when it is made.
func vrouterapi() map[string]call {
	calls := map[string]call{}
	routers().addTo(calls, usual(vrouterRoot))
	interfaces := routerInterfaces()
	interfaces.id = func(p values) (string, error) {
		_, subnet, err := param.Connection(p)
		return subnet, err
	}
	interfaces.resolve = interfaceOf
	interfaces.find, interfaces.parent = nil, parent{"id", "router"}
	interfaces.addTo(calls, words{vrouterRoot, "add", "", "remove"})
	calls[vrouterRoot+"discover"] = discover(vrouterRoot, calls)
	return calls
}

// interfaceOf finds the interface that connects a subnet to a router.
func interfaceOf(ctx context.Context, m *network.Model, p values) (string, error) {
	router, subnet, err := param.Connection(p)
	if err != nil {
		return "", err
	}
	i, err := m.RouterInterfaceOf(ctx, router, subnet)
	return i.ID, err
}
