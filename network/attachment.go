package network

// Spec is a logical network to create, with its subnets, in one transaction.
// Where Network.Physical is "" it is put on the default physical network,
// which is made if there is none at all.
type Spec struct {
	Network Network
	Subnets []Subnet // their Network is ignored; a Pool names an unbound pool to take
	Router  string   // id of the virtual router that the subnets are connected to, by interfaces of the subnets' ids; "": none
}

// Plug asks for a port and the interface that belongs to it.
type Plug struct {
	Port      Port   // as for Model.CreatePorts; an Address without an address asks for an automatic one
	Netns     string // path of the network namespace that gets the interface; "": it stays on the host for the caller to move
	Interface string // its name there; "" for eth0
}

// Attachment is a port that is plugged in.
type Attachment struct {
	Port    Port
	Network Network
	Subnets []Subnet // of the port's addresses, in their order
	Device  string   // the interface on the host that is the container's end, before it is moved
}
