package network

import "github.com/vlcp-go/vlcp/kvstore"

// Kind says what a key of the store holds.
type Kind string

// The kinds of objects in the store.
const (
	KindPhysical     Kind = "physical network" // its Value is a Physical
	KindPhysicalPort Kind = "physical port"    // PhysicalPort
	KindNetwork      Kind = "logical network"  // Network
	KindSubnet       Kind = "subnet"           // Subnet
	KindPort         Kind = "logical port"     // Port
	KindPortIndex    Kind = "port index"       // string: the id of the port's logical network
	KindRouter       Kind = "virtual router"   // Router
	KindInterface    Kind = "router interface" // RouterInterface
	KindHost         Kind = "host"             // Host
	KindAgent        Kind = "agent"            // string: the boot id of the host whose agent lives; ID is the host's
)

// Ref names an object.
type Ref struct {
	Kind   Kind
	Parent string // id of the physical network of a physical port, of the logical network of a subnet or port, of the virtual router of an interface; else ""
	ID     string // for a physical port PhysicalPort.ID
}

// Object is one entry of the store, decoded.
type Object struct {
	Ref
	Value any // of the type that Kind says; nil: deleted
}

// Decode reads an entry that a watch or a list delivered. For what is no object
// of the model (claims, indices, the keys of others) Kind is "". A value that
// can't be read gives its Ref, and an error.
func Decode(e kvstore.Entry) (Object, error) {
	o := Object{Ref: refOf(e.Key)}
	if o.Kind == "" || e.Revision == kvstore.Absent {
		return o, nil
	}
	var err error
	switch o.Kind {
	case KindPhysical:
		o.Value, err = value[Physical](e)
	case KindPhysicalPort:
		o.Value, err = value[PhysicalPort](e)
	case KindNetwork:
		o.Value, err = value[Network](e)
	case KindSubnet:
		o.Value, err = value[Subnet](e)
	case KindPort:
		o.Value, err = value[Port](e)
	case KindPortIndex, KindAgent:
		o.Value = string(e.Value)
	case KindRouter:
		o.Value, err = value[Router](e)
	case KindInterface:
		o.Value, err = value[RouterInterface](e)
	case KindHost:
		o.Value, err = value[Host](e)
	}
	return o, err
}

// value is kvstore.Decode as an any that is nil on an error.
func value[T any](e kvstore.Entry) (any, error) {
	v, err := kvstore.Decode[T](e)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// refOf reads a key as key.go builds it.
func refOf(key string) Ref {
	parts, err := kvstore.Split(key)
	switch {
	case err == nil && len(parts) == 2:
		return Ref{Kind: kindOf(parts[0], ""), ID: parts[1]}
	case err == nil && len(parts) == 3:
		return Ref{Kind: kindOf(parts[0], parts[2]), ID: parts[1]}
	case err == nil && len(parts) == 4:
		return Ref{Kind: kindOf(parts[0], parts[2]+"/"), Parent: parts[1], ID: parts[3]}
	}
	return Ref{}
}

func kindOf(root, leaf string) Kind {
	switch root + "/" + leaf {
	case "phys/info":
		return KindPhysical
	case "phys/port/":
		return KindPhysicalPort
	case "net/info":
		return KindNetwork
	case "net/subnet/":
		return KindSubnet
	case "net/port/":
		return KindPort
	case "port/network":
		return KindPortIndex
	case "router/info":
		return KindRouter
	case "router/interface/":
		return KindInterface
	case "host/":
		return KindHost
	case "alive/":
		return KindAgent
	}
	return ""
}
