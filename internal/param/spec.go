package param

import (
	"errors"
	"fmt"
	"maps"

	"github.com/vlcp-go/vlcp/network"
)

// Spec reads the parameters of a logical network that is created together with
// its subnets: those of Network; subnets, a list of the parameters of each,
// which do not say their logical network; and router, the virtual router that
// they are connected to.
func Spec(params map[string]any) (s network.Spec, err error) {
	params = maps.Clone(params)
	given, router := params[listOfSubnets], params["router"]
	delete(params, listOfSubnets)
	delete(params, "router")
	if s.Network, err = Network(params); err != nil {
		return s, err
	}
	var ok bool
	if s.Router, ok = name(router); !ok && router != nil {
		return s, &Error{Name: "router", Err: fmt.Errorf("%s is not %s", show(router), wantRouter)}
	}
	if given == nil {
		return s, nil
	}
	all, ok := listOf(object)(given)
	if !ok {
		return s, &Error{Name: listOfSubnets, Err: fmt.Errorf(`%s is not a list of subnets, such as [{"cidr": "192.168.1.0/24"}]`, show(given))}
	}
	for i, p := range all {
		subnet, err := subnetWithin(p)
		if of := (*Error)(nil); errors.As(err, &of) {
			return s, &Error{Name: fmt.Sprintf("%s.%d.%s", listOfSubnets, i, of.Name), Err: of.Err}
		}
		s.Subnets = append(s.Subnets, subnet)
	}
	return s, nil
}

const listOfSubnets = "subnets"

// subnetWithin reads a subnet of a logical network that is still to be.
func subnetWithin(params map[string]any) (s network.Subnet, err error) {
	for _, name := range []string{"network", "logicalnetwork"} {
		if params[name] != nil {
			return s, &Error{Name: name, Err: errors.New("is the one that is created: leave it out")}
		}
	}
	if s, err = Subnet(params); err == nil {
		err = subnetTable().require(params, "cidr")
	}
	return s, err
}
