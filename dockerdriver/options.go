package dockerdriver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/internal/literal"
	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
)

// The options of CreateNetwork. Docker's own are beside the one that holds
// those of the user (-o).
const (
	optionGeneric  = "com.docker.network.generic"
	optionInternal = "com.docker.network.internal"

	optionMTU     = "com.docker.network.driver.mtu" // what other drivers call mtu
	optionNetwork = record.OptionNetwork            // the logical network to attach to
	optionRouter  = "router"                        // the virtual router to connect to
	subnetPrefix  = "subnet:"                       // of the options of a subnet

	// How users write options, of a network and of an endpoint.
	userOption     = "-o "
	endpointOption = "--driver-opt "
)

// options are what `docker network create` says of a network.
type options struct {
	attach    string // id of the logical network to attach to; "": make one
	further   bool   // with attach: there are other -o options
	synced    bool   // with attach: it is the network sync that makes it
	internal  bool   // --internal
	router    string // id of the virtual router to connect the subnets to; "": none
	network   network.Network
	subnet    network.Subnet
	hasSubnet bool // there are options of a subnet
}

// parseOptions reads the options of CreateNetwork.
func parseOptions(docker map[string]any) (o options, err error) {
	o.internal, _ = docker[optionInternal].(bool)
	generic, ok := docker[optionGeneric].(map[string]any)
	if !ok && docker[optionGeneric] != nil {
		return o, fmt.Errorf("%s: want an object, not %T", optionGeneric, docker[optionGeneric])
	}
	ofNetwork, ofSubnet := map[string]any{}, map[string]any{}
	for name, value := range generic {
		if value, err = typed(userOption+name, value); err != nil {
			return o, err
		}
		if subnetName, ok := strings.CutPrefix(name, subnetPrefix); ok {
			ofSubnet[subnetName] = value
		} else {
			ofNetwork[name] = value
		}
	}
	if id, given := ofNetwork[optionNetwork]; given {
		o.attach, err = attachOption(id)
		o.further = len(generic) > 1
		_, o.synced = ofNetwork[record.OptionSynced]
		return o, err
	}
	if o.router, err = routerOption(ofNetwork); err != nil {
		return o, err
	}
	o.hasSubnet = len(ofSubnet) > 0
	if o.network, err = networkOptions(ofNetwork); err == nil {
		o.subnet, err = subnetOptions(ofSubnet)
	}
	return o, err
}

// attachOption reads -o network.
func attachOption(value any) (string, error) {
	id, ok := value.(string)
	if !ok || id == "" {
		return "", errors.New("-o network: give the id of a logical network, such as -o network=net1")
	}
	return id, nil
}

// routerOption takes -o router out of the options of a network.
func routerOption(params map[string]any) (string, error) {
	value, given := params[optionRouter]
	id, ok := value.(string)
	if given && (!ok || id == "") {
		return "", errors.New("-o router: give the id of a virtual router, such as -o router=office; vlcp router list shows what there is")
	}
	delete(params, optionRouter)
	return id, nil
}

// typed reads the value of an option, which may be a literal in backquotes.
func typed(option string, value any) (any, error) {
	text, ok := value.(string)
	if !ok {
		return value, nil
	}
	value, err := literal.Value(text)
	if err != nil {
		return nil, fmt.Errorf("%s: the value in backquotes can't be read: %w; write for example '`True`' or '`[\"a\", 1]`'", option, err)
	}
	return value, nil
}

func networkOptions(params map[string]any) (n network.Network, err error) {
	if _, given := params["id"]; given {
		return n, errors.New("-o id: the id of a network made by Docker can't be chosen; to use an existing logical network give its id as -o network=ID")
	}
	if alias, given := params[optionMTU]; given {
		if mtu, both := params["mtu"]; both && mtu != alias {
			return n, fmt.Errorf("-o mtu=%v and -o %s=%v: give one of them", mtu, optionMTU, alias)
		}
		params["mtu"] = alias
		delete(params, optionMTU)
	}
	n, err = param.Network(params)
	return n, optionError(userOption, err)
}

func subnetOptions(params map[string]any) (s network.Subnet, err error) {
	for _, name := range []string{"id", "cidr", "logicalnetwork"} {
		if _, given := params[name]; given {
			return s, fmt.Errorf("-o subnet:%s: it follows from the network and its --subnet, and can't be given", name)
		}
	}
	s, err = param.Subnet(params)
	return s, optionError(userOption+subnetPrefix, err)
}

// optionError names an option as the user wrote it.
func optionError(prefix string, err error) error {
	if wrong := (*param.Error)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("%s%s: %w", prefix, wrong.Name, wrong.Err)
	}
	return err
}
