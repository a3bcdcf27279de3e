package param

import (
	"fmt"
	"math"

	"github.com/vlcp-go/vlcp/network"
)

// Physical reads the parameters of a physical network: id, type, vnirange or
// vlanrange, default. Its type is vlan where it is unsaid, as it was in the
// original system.
func Physical(params map[string]any) (p network.Physical, err error) {
	p.Type = network.VLAN
	if err = physicalTable().read(&p, &p.Meta, params); err == nil {
		err = checkRanges(p.Type, params)
	}
	return p, err
}

func physicalTable() table[network.Physical] {
	ranges := field[network.Physical]{"a list of [first, last], such as [[10000, 20000]]",
		to(func(p *network.Physical) *[]network.Range { return &p.Ranges }, listOf(segments))}
	t := table[network.Physical]{
		"id":        {wantID, to(func(p *network.Physical) *string { return &p.ID }, name)},
		"type":      {"vxlan, vlan, native or local", to(func(p *network.Physical) *network.Type { return &p.Type }, physicalType)},
		"vnirange":  ranges,
		"vlanrange": ranges,
		"default":   {wantBool, to(func(p *network.Physical) *bool { return &p.Default }, boolean)},
	}
	return t.own("auto", "deleting")
}

func physicalType(v any) (network.Type, bool) {
	s, _ := v.(string)
	switch t := network.Type(s); t {
	case network.VXLAN, network.VLAN, network.Native, network.Local:
		return t, true
	}
	return "", false
}

// segments reads [first, last]; which ones there can be, the model knows.
func segments(v any) (r network.Range, ok bool) {
	pair, _ := v.([]any)
	if len(pair) != 2 {
		return r, false
	}
	first, isFirst := integer(pair[0], 0, math.MaxUint32)
	last, isLast := integer(pair[1], 0, math.MaxUint32)
	return network.Range{First: uint32(first), Last: uint32(last)}, isFirst && isLast
}

// checkRanges refuses the ranges of another type.
func checkRanges(t network.Type, params map[string]any) error {
	return checkType(t, params, "vnirange", "vlanrange")
}

// checkType refuses the parameter that goes with another type than t.
func checkType(t network.Type, params map[string]any, vxlan, vlan string) error {
	for _, of := range []struct {
		name string
		t    network.Type
	}{{vlan, network.VLAN}, {vxlan, network.VXLAN}} {
		if params[of.name] != nil && t != of.t {
			return &Error{Name: of.name, Err: fmt.Errorf("goes with type=%s, and the type is %s", of.t, t)}
		}
	}
	return nil
}

// PhysicalPort reads the parameters of a physical port: physicalnetwork and
// name, without which there is none, and vhost, systemid, bridge.
func PhysicalPort(params map[string]any) (p network.PhysicalPort, err error) {
	t := physicalPortTable()
	if err = t.read(&p, &p.Meta, params); err == nil {
		err = t.require(params, "physicalnetwork", "name")
	}
	return p, err
}

// PhysicalPortID reads the parameters that name a physical port (name, vhost,
// systemid, bridge) and no others; the answer is its network.PhysicalPort.ID.
func PhysicalPortID(params map[string]any) (id string, err error) {
	var p network.PhysicalPort
	t := physicalPortTable()
	delete(t, "physicalnetwork")
	if err = t.read(&p, nil, params); err == nil {
		err = t.require(params, "name")
	}
	return p.ID(), err
}

func physicalPortTable() table[network.PhysicalPort] {
	return table[network.PhysicalPort]{
		"physicalnetwork": {wantPhysical, to(func(p *network.PhysicalPort) *string { return &p.Network }, name)},
		"name":            {`the name of a port in Open vSwitch, such as "vxlan0"`, to(func(p *network.PhysicalPort) *string { return &p.Name }, name)},
		"vhost":           {`text, such as ""`, to(func(p *network.PhysicalPort) *string { return &p.VHost }, text)},
		"systemid":        {`the system-id of a host, or "%" for any`, to(func(p *network.PhysicalPort) *string { return &p.SystemID }, text)},
		"bridge":          {`the name of a bridge, or "%" for any`, to(func(p *network.PhysicalPort) *string { return &p.Bridge }, text)},
	}
}
