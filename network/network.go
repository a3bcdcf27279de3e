// Package network is the vocabulary of vlcp (physical and logical networks,
// subnets, ports) and the rules on it.
//
// A physical network is a way for packets to leave a host: VXLAN tunnels, a
// VLAN trunk, an untagged device, or none at all ([Physical], [PhysicalPort]).
// A logical network ([Network]) is one segment of it, an L2 domain and address
// space of its own. It has subnets ([Subnet]), and ports ([Port]) that
// containers, virtual machines or devices are plugged into.
//
// A [Model] changes them, each change one transaction on a kvstore.Store;
// nothing else writes them. The json form of the types is their form in the
// store. Unknown attributes are kept in Meta.
package network

import (
	"net/netip"
)

// Type is the kind of a physical network.
type Type string

// The kinds of physical network.
const (
	VXLAN  Type = "vxlan"  // segments are VNIs, 1 to 2^24-1
	VLAN   Type = "vlan"   // segments are VLAN ids, 1 to 4094
	Native Type = "native" // untagged; one logical network
	Local  Type = "local"  // nothing leaves the host
)

// Range is a run of segment ids, both ends included. Its json form is
// [first, last].
type Range struct{ First, Last uint32 }

// Physical is a physical network.
type Physical struct {
	ID       string
	Type     Type
	Ranges   []Range        // of VNIs or VLAN ids; ascending, disjoint; none for native and local
	Deleting bool           // being deleted: takes no new children
	Meta     map[string]any // attributes that the model does not know
}

// PhysicalPort tells which port of the bridges is the way into a physical
// network. One object serves all hosts on which a port has its name; "%" in
// SystemID or Bridge stands for any.
type PhysicalPort struct {
	Network  string // id of the physical network
	VHost    string // "" by default
	SystemID string // "%" by default
	Bridge   string // "%" by default
	Name     string // of the port in Open vSwitch
	Meta     map[string]any
}

// Network is a logical network.
type Network struct {
	ID       string
	Physical string // id of the physical network
	Type     Type   // of the physical network
	Segment  uint32 // VNI or VLAN id; 0 for native and local
	Number   uint32 // its register number in the switches: 1 to 2^24-1, unique among all networks
	MTU      int    // in bytes, of the containers' interfaces
	Deleting bool
	Subnets  map[string]netip.Prefix // id to prefix; they do not overlap
	DHCP
	Meta map[string]any
}

// DHCP holds what networks, subnets and ports may say to hosts that configure
// themselves; nil means not said.
type DHCP struct {
	DNSNameservers   []netip.Addr
	DomainName       string
	NTPServers       []netip.Addr
	LeaseTime        string // seconds, or "infinite"
	ExtraDHCPOptions []any
}

// Subnet is an address range of a logical network.
type Subnet struct {
	ID             string
	Network        string
	Prefix         netip.Prefix
	Gateway        netip.Addr // zero: none
	AutoGateway    bool       // nobody named the gateway: a container that has another way out may leave it unused
	DisableGateway bool       // no container gets it as its default route
	Start, End     netip.Addr // the addresses that ports may have, both included
	HostRoutes     []Route
	External       bool
	Pool           string // id of its address pool in ipam
	DHCP
	Meta map[string]any
}

// Route is a static route of the hosts in a subnet.
type Route struct {
	Destination netip.Prefix
	NextHop     netip.Addr // unspecified (0.0.0.0 or ::): on-link
}

// Port is a logical port.
type Port struct {
	ID               string
	Network          string
	MAC              string    // lower case, colons; "" if it has none
	Addresses        []Address // at most one of each family
	Hostname         string
	Owner            Owner
	AntiSpoof        *bool          // nil: as the network says, else on
	Allowed          []netip.Prefix // further source addresses (allowed_addresses)
	ExtraDHCPOptions []any
	Meta             map[string]any
}

// Address is an address of a port, in one of its network's subnets.
type Address struct {
	Subnet  string
	Address netip.Addr
}

// Owner tells who made an object, so that only they, or anyone once their host
// is gone, clean it up.
type Owner struct {
	Face     string `json:"face,omitempty"`     // "docker", "" for the management API
	Host     string `json:"host,omitempty"`     // id of the host
	Boot     string `json:"boot,omitempty"`     // its boot id
	Endpoint string `json:"endpoint,omitempty"` // the face's own name for it, e.g. Docker's EndpointID
}
