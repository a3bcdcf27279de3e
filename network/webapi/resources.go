package webapi

import (
	"errors"
	"maps"
	"strings"

	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
)

// root is where the resources are.
const root = "/v1/"

func physicalNetworkResource() resource[network.Physical] {
	return resource[network.Physical]{
		kind: physicals(), path: root + "physical-networks", one: "physical network",
		full: itself, short: itself, naming: []string{"id"},
	}
}

func physicalPortResource() resource[network.PhysicalPort] {
	r := resource[network.PhysicalPort]{
		kind: physicalPorts(), path: root + "physical-ports", one: "physical port",
		full: fullID, short: shortID, naming: []string{"name", "systemid", "bridge", "vhost"},
	}
	r.kind.find = (*network.Model).PhysicalPort
	r.kind.read = func(p values) (network.PhysicalPort, error) {
		if _, given := p["id"]; given {
			return network.PhysicalPort{}, &param.Error{Name: "id", Err: errors.New("is made of name, systemid, bridge and vhost, and can't be given")}
		}
		return param.PhysicalPort(p)
	}
	r.kind.show = func(p network.PhysicalPort, v values) { v["id"] = shortID(p.ID()) }
	return r
}

func networkResource() resource[network.Network] {
	return resource[network.Network]{
		kind: networks(), path: root + "networks", one: "logical network",
		full: itself, short: itself, naming: []string{"id"}, contents: subnetsOfNetwork(),
	}
}

func subnetResource() resource[network.Subnet] {
	r := resource[network.Subnet]{
		kind: subnets(), path: root + "subnets", one: "subnet",
		full: itself, short: itself, naming: []string{"id"},
	}
	r.kind.read, r.kind.edit = inNetwork(r.kind.read), inNetwork(r.kind.edit)
	return r
}

func portResource() resource[network.Port] {
	r := resource[network.Port]{
		kind: logicalPorts(), path: root + "ports", one: "logical port",
		full: itself, short: itself, naming: []string{"id"},
	}
	r.kind.read, r.kind.edit = inNetwork(r.kind.read), inNetwork(r.kind.edit)
	r.kind.show = showLocation
	return r
}

func routerResource() resource[network.Router] {
	r := resource[network.Router]{
		kind: routers(), path: root + "routers", one: "virtual router",
		full: itself, short: itself, naming: []string{"id"},
	}
	r.kind.show = func(r network.Router, v values) { v["mac_address"] = r.MAC().String() }
	return r
}

func routerInterfaceResource() resource[network.RouterInterface] {
	return resource[network.RouterInterface]{
		kind: routerInterfaces(), path: root + "router-interfaces", one: "router interface",
		full: itself, short: itself, naming: []string{"id"},
	}
}

func itself(id string) string { return id }

// shortID is the id of a physical port: its name, where it is that of any host.
func shortID(full string) string { return strings.TrimPrefix(full, network.PhysicalPort{}.ID()) }

// fullID is the inverse: network.PhysicalPort.ID has three separators.
func fullID(id string) string {
	if strings.Count(id, "|") < 3 {
		return network.PhysicalPort{Name: id}.ID()
	}
	return id
}

// inNetwork reads parameters in which the logical network is called as in the
// answers.
func inNetwork[U any](read func(values) (U, error)) func(values) (U, error) {
	return func(p values) (U, error) {
		if _, given := p[parentFilter]; given {
			return *new(U), &param.Error{Name: parentFilter, Err: errors.New("is given as " + parentAttribute)}
		}
		p = maps.Clone(p)
		if v, given := p[parentAttribute]; given {
			delete(p, parentAttribute)
			p[parentFilter] = v
		}
		u, err := read(p)
		if of := (*param.Error)(nil); errors.As(err, &of) && of.Name == parentFilter {
			err = &param.Error{Name: parentAttribute, Err: of.Err}
		}
		return u, err
	}
}
