package param

import (
	"errors"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/network"
)

// PhysicalChange reads a change of a physical network: its id, which must be
// there, and what of Physical is to be different.
func PhysicalChange(params map[string]any) (network.Change[network.Physical], error) {
	return change(byID(oneOf(params, "vnirange", "vlanrange")), physicalTable(), func(p *network.Physical) *map[string]any { return &p.Meta },
		func(p network.Physical, given map[string]any) error { return checkRanges(p.Type, given) })
}

// PhysicalPortChange reads a change of a physical port: what names it, as in
// PhysicalPortID, and attributes.
func PhysicalPortChange(params map[string]any) (network.Change[network.PhysicalPort], error) {
	named := split(params, PhysicalPortID, "name", "vhost", "systemid", "bridge")
	return change(named, physicalPortTable(), func(p *network.PhysicalPort) *map[string]any { return &p.Meta }, nil)
}

// NetworkChange reads a change of a logical network: its id, and what of
// Network is to be different. vni or vlanid that are nil ask for a free one.
func NetworkChange(params map[string]any) (network.Change[network.Network], error) {
	return change(byID(oneOf(params, "vni", "vlanid")), networkTable(), func(n *lnet) *map[string]any { return &n.Meta },
		func(n lnet, given map[string]any) error { return checkType(n.Type, given, "vni", "vlanid") })
}

// SubnetChange reads a change of a subnet: its id, and what of Subnet is to be
// different.
func SubnetChange(params map[string]any) (network.Change[network.Subnet], error) {
	return change(byID(params), subnetTable(), func(s *snet) *map[string]any { return &s.Meta }, nil)
}

// PortChange reads a change of a logical port: its id, and what of WholePort is
// to be different. A mac_address that is nil asks for a made one, an ip_address
// that is nil for none.
func PortChange(params map[string]any) (network.Change[network.Port], error) {
	c, err := change(byID(oneOf(params, "addresses", "ip_address")), wholePortTable(), func(p *network.Port) *map[string]any { return &p.Meta }, checkSubnetKept)
	if err == nil {
		err = checkAddresses(params)
	}
	return c, err
}

// checkSubnetKept refuses to move a port to another subnet without saying to
// which address.
func checkSubnetKept(p network.Port, given map[string]any) error {
	subnet := given["subnet"]
	if subnet == nil || slices.ContainsFunc(p.Addresses, func(a network.Address) bool { return a.Subnet == subnet }) {
		return nil
	}
	return &Error{Name: "subnet", Err: errors.New("can't be changed: give an ip_address of the other subnet, and the port moves there")}
}

// oneOf is parameters without those of names that are nil, where another of
// names, which say the same attribute, is not.
func oneOf(params map[string]any, names ...string) map[string]any {
	if !slices.ContainsFunc(names, func(name string) bool { return params[name] != nil }) {
		return params
	}
	params = maps.Clone(params)
	maps.DeleteFunc(params, func(name string, v any) bool { return v == nil && slices.Contains(names, name) })
	return params
}

// target is the object that a change is of, and its new parameters.
type target struct {
	id    string
	given map[string]any
	err   error // of the parameters that name the object
}

func byID(params map[string]any) target { return split(params, ID, "id") }

// split reads the object from the parameters of these names.
func split(params map[string]any, read func(map[string]any) (string, error), names ...string) target {
	isName := func(name string, _ any) bool { return slices.Contains(names, name) }
	naming, given := maps.Clone(params), maps.Clone(params)
	maps.DeleteFunc(naming, func(name string, v any) bool { return !isName(name, v) })
	maps.DeleteFunc(given, isName)
	id, err := read(naming)
	return target{id, given, err}
}

// change makes a change of parameters, which it tries on an empty object: what
// can't be read is an error before the store is asked. check, which may be nil,
// has the rules that depend on the object.
func change[T any](o target, t table[T], meta func(*T) *map[string]any, check func(T, map[string]any) error) (network.Change[T], error) {
	edit := func(v *T) error { return t.edit(v, meta(v), o.given) }
	if o.err != nil {
		return network.Change[T]{}, o.err
	}
	c := network.Change[T]{ID: o.id, Edit: func(v *T) error {
		if err := edit(v); err != nil || check == nil {
			return err
		}
		return check(*v, o.given)
	}}
	return c, edit(new(T))
}
