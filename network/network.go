// Package network is the vocabulary of vlcp (physical and logical networks,
// subnets, ports, routers) and the rules on it.
//
// A physical network is a way for packets to leave a host: VXLAN tunnels, a
// VLAN trunk, an untagged device, or none at all ([Physical], [PhysicalPort]).
// A logical network ([Network]) is one segment of it, an L2 domain and address
// space of its own. It has subnets ([Subnet]), and ports ([Port]) that
// containers, virtual machines or devices are plugged into.
// A virtual router connects subnets, of any logical networks ([Router],
// [RouterInterface]).
//
// A [Model] changes them, each call one transaction on a kvstore.Store;
// nothing else writes them. What it refuses it says with an [Error]. Whoever
// follows the store reads it with [Decode].
//
// The json form of the types is their form in the store. Attributes that this
// version does not know, a user's or a newer version's, are in Meta: they are
// read, kept and written beside the others (numbers as json.Number).
//
// To read the code: key.go says what is where in the store, and txn.go how a
// transaction knows its own work again when its outcome was unknown. Each kind
// of object has its rules in a file or two: physical.go, physicalport.go,
// logical.go, subnet.go, port.go, router.go (routerroute.go has its static
// routes) and interface.go (connect.go has what it does to router and subnet).
// They share claim.go (VNIs, VLAN ids, register numbers), seat.go, address.go and
// mac.go (what a port gets), delete.go (how a parent goes without leaving
// children) and resize.go (how a range shrinks without leaving out what is in
// use). docs/model.md has the rules in tables.
package network

import "net/netip"

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
	ID       string         `json:"id"`
	Type     Type           `json:"type"`
	Ranges   []Range        `json:"-"`                  // vnirange or vlanrange; ascending, disjoint; none for native and local
	Default  bool           `json:"default,omitempty"`  // logical networks that name no physical network go here
	Auto     bool           `json:"auto,omitempty"`     // was made because a logical network named no physical network, and goes with the last one
	Deleting bool           `json:"deleting,omitempty"` // being deleted: takes no new children
	Meta     map[string]any `json:"-"`                  // attributes that the model does not know
}

// PhysicalPort tells which port of the bridges is the way into a physical
// network. One object serves all hosts on which a port has its name; "%" in
// SystemID or Bridge stands for any.
type PhysicalPort struct {
	Network  string         `json:"physicalnetwork"` // id of the physical network
	VHost    string         `json:"vhost,omitempty"` // "" by default
	SystemID string         `json:"systemid"`        // "%" by default
	Bridge   string         `json:"bridge"`          // "%" by default
	Name     string         `json:"name"`            // of the port in Open vSwitch
	Meta     map[string]any `json:"-"`
}

// Network is a logical network.
type Network struct {
	ID        string                  `json:"id"`
	Physical  string                  `json:"physicalnetwork"` // id of the physical network
	Type      Type                    `json:"type"`            // of the physical network
	Segment   uint32                  `json:"-"`               // vni or vlanid; 0 for native and local
	Number    uint32                  `json:"number"`          // its register number in the switches: 1 to 2^24-1, unique among all networks
	MTU       int                     `json:"mtu"`             // in bytes, of the containers' interfaces
	Owner     Owner                   `json:"owner,omitzero"`
	AntiSpoof *bool                   `json:"antispoof,omitempty"` // of its ports; nil: on
	Deleting  bool                    `json:"deleting,omitempty"`  // being deleted: takes no new children
	Subnets   map[string]netip.Prefix `json:"subnets,omitempty"`   // id to prefix; they do not overlap
	DHCP
	Meta map[string]any `json:"-"`
}

// DockerName is the attribute, of those in Meta, in which a logical network that
// was made for Docker has what Docker calls it.
const DockerName = "docker_name"

// DHCP holds what networks, subnets and ports may say to hosts that configure
// themselves; nil means not said.
type DHCP struct {
	DNSNameservers   []netip.Addr `json:"dns_nameservers,omitempty"`
	DomainName       string       `json:"domain_name,omitempty"`
	NTPServers       []netip.Addr `json:"ntp_servers,omitempty"`
	LeaseTime        string       `json:"lease_time,omitempty"`         // seconds, or "infinite"
	ExtraDHCPOptions []any        `json:"extra_dhcp_options,omitempty"` // pairs of a tag or name and its value
}

// Subnet is an address range of a logical network.
type Subnet struct {
	ID             string       `json:"id"`
	Network        string       `json:"network"`
	Prefix         netip.Prefix `json:"cidr"`
	Gateway        netip.Addr   `json:"gateway,omitzero"`         // zero: none
	AutoGateway    bool         `json:"auto_gateway,omitempty"`   // nobody named the gateway: a container that has another way out may leave it unused
	DisableGateway bool         `json:"disablegateway,omitempty"` // no container gets it as its default route
	Start          netip.Addr   `json:"allocated_start"`          // the first address that ports may have
	End            netip.Addr   `json:"allocated_end"`            // the last one
	HostRoutes     []Route      `json:"host_routes,omitempty"`
	External       bool         `json:"isexternal,omitempty"`
	Router         string       `json:"router,omitempty"` // id of the virtual router that it is in; "": none, or it is external
	Pool           string       `json:"pool"`             // id of its address pool in ipam
	Deleting       bool         `json:"deleting,omitempty"`
	DHCP
	Meta map[string]any `json:"-"`
}

// Route is a static route of the hosts in a subnet. Its json form is
// [destination, next hop].
type Route struct {
	Destination netip.Prefix
	NextHop     netip.Addr // unspecified (0.0.0.0 or ::): on-link
}

// Port is a logical port.
type Port struct {
	ID               string         `json:"id"`
	Network          string         `json:"network"`
	MAC              string         `json:"mac_address"`         // lower case, colons
	Addresses        []Address      `json:"addresses,omitempty"` // at most one of each family
	Hostname         string         `json:"hostname,omitempty"`
	Owner            Owner          `json:"owner,omitzero"`
	Location         Location       `json:"location,omitzero"`           // where it is plugged in
	AntiSpoof        *bool          `json:"antispoof,omitempty"`         // nil: as the network says, else on
	Allowed          []netip.Prefix `json:"allowed_addresses,omitempty"` // further source addresses
	ExtraDHCPOptions []any          `json:"extra_dhcp_options,omitempty"`
	Meta             map[string]any `json:"-"`
}

// Location tells where a port is plugged in. The newest plug wins: each raises
// the epoch.
type Location struct {
	Host  string `json:"host,omitempty"` // id of the host; "": nowhere
	Epoch uint64 `json:"epoch,omitempty"`
}

// Address is an address of a port, in one of its network's subnets.
type Address struct {
	Subnet  string     `json:"subnet"`
	Address netip.Addr `json:"ip_address"`
}

// Owner tells who made an object, so that only they, or anyone once their host
// is gone, clean it up.
type Owner struct {
	Face     string `json:"face,omitempty"`     // "docker", "" for the management API
	Host     string `json:"host,omitempty"`     // id of the host
	Boot     string `json:"boot,omitempty"`     // its boot id
	Endpoint string `json:"endpoint,omitempty"` // the face's own name for it, e.g. Docker's EndpointID
}
