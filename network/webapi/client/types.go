package client

import "net/netip"

// The objects of the API. Attributes that they do not have here, a user's own,
// are in Meta; on the wire they are beside the others. What is marked as read
// only is answered, and left out of what is created.
//
// The tags say to the API's OpenAPI document what is on the wire.

// PhysicalNetwork is a way for packets to leave a host.
type PhysicalNetwork struct {
	_         struct{}       `additionalProperties:"true"`
	ID        string         `json:"id,omitempty" doc:"random if not given" example:"vxlan"`
	Type      string         `json:"type,omitempty" enum:"vxlan,vlan,native,local" doc:"vlan if not given; fixed"`
	VNIRange  [][2]uint32    `json:"vnirange,omitempty" nullable:"false" doc:"with type vxlan: [first, last] of its VNIs, ascending" example:"[[10000,20000]]"`
	VLANRange [][2]uint32    `json:"vlanrange,omitempty" nullable:"false" doc:"with type vlan: [first, last] of its VLAN ids, ascending" example:"[[1000,2000]]"`
	Default   bool           `json:"default,omitempty" doc:"logical networks that name no physical network go here"`
	Auto      bool           `json:"auto,omitempty" readOnly:"true" doc:"it was made because a logical network named none, and goes with the last one"`
	Deleting  bool           `json:"deleting,omitempty" readOnly:"true" doc:"it is being deleted, and takes nothing new"`
	Meta      map[string]any `json:"-"`
}

// PhysicalPort tells which port of the bridges is the way into a physical
// network.
type PhysicalPort struct {
	_        struct{}       `additionalProperties:"true"`
	ID       string         `json:"id,omitempty" readOnly:"true" doc:"the name; vhost|systemid|bridge|name where one of these is given" example:"vxlan0"`
	Network  string         `json:"physicalnetwork" doc:"id of the physical network; fixed" example:"vxlan"`
	Name     string         `json:"name" doc:"of the port in Open vSwitch; fixed" example:"vxlan0"`
	SystemID string         `json:"systemid,omitempty" doc:"system-id of the host; % is any; fixed" default:"%"`
	Bridge   string         `json:"bridge,omitempty" doc:"name of the bridge; % is any; fixed" default:"%"`
	VHost    string         `json:"vhost,omitempty" doc:"fixed"`
	Meta     map[string]any `json:"-"`
}

// Network is a logical network.
type Network struct {
	_         struct{}                `additionalProperties:"true"`
	ID        string                  `json:"id,omitempty" doc:"random if not given" example:"blue"`
	Physical  string                  `json:"physicalnetwork,omitempty" doc:"id of the physical network; the default one if not given; fixed" example:"vxlan"`
	Type      string                  `json:"type,omitempty" readOnly:"true" enum:"vxlan,vlan,native,local" doc:"of the physical network"`
	VNI       uint32                  `json:"vni,omitempty" maximum:"16777215" doc:"with type vxlan; the first free one if not given" example:"10000"`
	VLANID    uint32                  `json:"vlanid,omitempty" maximum:"4094" doc:"with type vlan; the first free one if not given" example:"1000"`
	MTU       int                     `json:"mtu,omitempty" minimum:"68" maximum:"65535" doc:"in bytes; the largest that fits if not given" example:"1450"`
	AntiSpoof *bool                   `json:"antispoof,omitempty" doc:"ports send from their own addresses only; true if not given"`
	Subnets   map[string]netip.Prefix `json:"subnets,omitempty" readOnly:"true" doc:"cidr of each subnet, by its id"`
	Owner     *Owner                  `json:"owner,omitempty" readOnly:"true"`
	Docker    string                  `json:"docker_name,omitempty" readOnly:"true" doc:"what Docker calls it, where it was made for Docker"`
	Deleting  bool                    `json:"deleting,omitempty" readOnly:"true" doc:"it is being deleted, and takes nothing new"`
	DHCP
	Meta map[string]any `json:"-"`
}

// NewNetwork is a logical network that is created together with its subnets.
type NewNetwork struct {
	Network Network
	Subnets []Subnet // they do not name the network
	Router  string   // id of a virtual router that they are connected to; "": none
}

// Subnet is an address range of a logical network.
type Subnet struct {
	_              struct{}         `additionalProperties:"true"`
	ID             string           `json:"id,omitempty" doc:"random if not given" example:"blue4"`
	Network        string           `json:"network,omitempty" required:"true" doc:"id of the logical network; fixed" example:"blue"`
	Prefix         netip.Prefix     `json:"cidr" doc:"fixed" example:"10.1.0.0/24"`
	Gateway        netip.Addr       `json:"gateway,omitzero" doc:"no port gets this address" example:"10.1.0.1"`
	DisableGateway bool             `json:"disablegateway,omitempty" doc:"no container gets the gateway as its default route"`
	Start          netip.Addr       `json:"allocated_start,omitzero" doc:"the first address that ports may have; the first of the subnet if not given" example:"10.1.0.1"`
	End            netip.Addr       `json:"allocated_end,omitzero" doc:"the last one" example:"10.1.0.254"`
	HostRoutes     [][2]string      `json:"host_routes,omitempty" nullable:"false" doc:"[destination, next hop] of static routes; the next hop 0.0.0.0 or :: is on-link" example:"[[\"10.2.0.0/16\",\"10.1.0.2\"]]"`
	External       bool             `json:"isexternal,omitempty" doc:"fixed"`
	MTU            int              `json:"mtu,omitempty" minimum:"68" maximum:"65535"`
	LocalAddress   netip.Addr       `json:"local_address,omitzero"`
	PreHostConfig  []map[string]any `json:"pre_host_config,omitempty" nullable:"false"`
	Router         string           `json:"router,omitempty" readOnly:"true" doc:"id of the virtual router that it is in"`
	Deleting       bool             `json:"deleting,omitempty" readOnly:"true" doc:"it is being deleted, and takes nothing new"`
	DHCP
	Meta map[string]any `json:"-"`
}

// DHCP is what a network or subnet says to hosts that configure themselves.
type DHCP struct {
	DNSNameservers   []netip.Addr `json:"dns_nameservers,omitempty" nullable:"false" example:"[\"10.1.0.2\"]"`
	DomainName       string       `json:"domain_name,omitempty" example:"example.com"`
	NTPServers       []netip.Addr `json:"ntp_servers,omitempty" nullable:"false"`
	LeaseTime        string       `json:"lease_time,omitempty" doc:"seconds, or infinite" example:"3600"`
	ExtraDHCPOptions [][2]any     `json:"extra_dhcp_options,omitempty" nullable:"false" doc:"[tag or name, value]" example:"[[15,\"example.com\"]]"`
}

// Port is a logical port.
type Port struct {
	_                struct{}       `additionalProperties:"true"`
	ID               string         `json:"id,omitempty" doc:"random if not given; the iface-id in Open vSwitch" example:"web-1"`
	Network          string         `json:"network" doc:"id of the logical network; fixed" example:"blue"`
	MAC              string         `json:"mac_address,omitempty" doc:"made if not given" example:"02:00:00:00:00:01"`
	Addresses        []Address      `json:"addresses,omitempty" nullable:"false" doc:"at most one of each family; one of which only the subnet is given is the first free one there"`
	Hostname         string         `json:"hostname,omitempty" example:"web1"`
	AntiSpoof        *bool          `json:"antispoof,omitempty" doc:"as the network says if not given"`
	Allowed          []netip.Prefix `json:"allowed_addresses,omitempty" nullable:"false" doc:"further addresses or networks that it may send from" example:"[\"10.9.0.0/16\"]"`
	ExtraDHCPOptions [][2]any       `json:"extra_dhcp_options,omitempty" nullable:"false" doc:"[tag or name, value]"`
	Location         *Location      `json:"location,omitempty" readOnly:"true" doc:"where it is plugged in"`
	Owner            *Owner         `json:"owner,omitempty" readOnly:"true"`
	Meta             map[string]any `json:"-"`
}

// Address is an address of a port.
type Address struct {
	Subnet  string     `json:"subnet,omitempty" doc:"id of the subnet; the one that contains the address if not given" example:"blue4"`
	Address netip.Addr `json:"ip_address,omitzero" example:"10.1.0.2"`
}

// Router is a virtual router. It is on every host.
type Router struct {
	_          struct{}                `additionalProperties:"true"`
	ID         string                  `json:"id,omitempty" doc:"random if not given" example:"edge"`
	Routes     [][2]string             `json:"routes,omitempty" nullable:"false" doc:"[destination, next hop] of static routes; a next hop is an address of one of its subnets" example:"[[\"10.9.0.0/16\",\"10.1.0.9\"]]"`
	Interfaces map[string]netip.Prefix `json:"interfaces,omitempty" readOnly:"true" doc:"cidr of the subnet that each interface connects, by the interface's id"`
	MAC        string                  `json:"mac_address,omitempty" readOnly:"true" doc:"on all of its interfaces" example:"02:00:00:00:00:01"`
	Meta       map[string]any          `json:"-"`
}

// RouterInterface connects a subnet to a virtual router.
type RouterInterface struct {
	_       struct{}       `additionalProperties:"true"`
	ID      string         `json:"id,omitempty" doc:"random if not given" example:"edge-blue4"`
	Router  string         `json:"router" doc:"id of the virtual router; fixed" example:"edge"`
	Subnet  string         `json:"subnet" doc:"id of the subnet, which is in one virtual router at most; fixed" example:"blue4"`
	Network string         `json:"network,omitempty" readOnly:"true" doc:"id of the subnet's logical network"`
	Address netip.Addr     `json:"ip_address,omitzero" doc:"of the router there; the subnet's gateway if not given; fixed" example:"10.1.0.254"`
	Meta    map[string]any `json:"-"`
}

// Location is where a port is plugged in.
type Location struct {
	Host string `json:"host" doc:"id of the host"`
}

// Owner is who made an object, where that was not this API.
type Owner struct {
	Face     string `json:"face,omitempty" doc:"docker" example:"docker"`
	Host     string `json:"host,omitempty" doc:"id of the host"`
	Boot     string `json:"boot,omitempty" doc:"boot id of the host"`
	Endpoint string `json:"endpoint,omitempty" doc:"its own name for the object"`
}

// Host is a machine that runs an agent.
type Host struct {
	ID     string     `json:"id" doc:"system-id of its Open vSwitch"`
	Name   string     `json:"name,omitempty" doc:"for people" example:"node1"`
	Boot   string     `json:"boot,omitempty" doc:"boot id"`
	Tunnel netip.Addr `json:"tunnel,omitzero" doc:"its address for tunnels" example:"192.0.2.1"`
	Alive  bool       `json:"alive" doc:"its agent runs, and reaches the store"`
}

// List is what a collection answers.
type List[T any] struct {
	Items []T `json:"items" nullable:"false" doc:"sorted by id"`
}

// Problem is why a request was refused, or failed (RFC 9457).
type Problem struct {
	Title  string `json:"title" doc:"what the status says" example:"Not Found"`
	Status int    `json:"status" example:"404"`
	Detail string `json:"detail" doc:"what is wrong, and what to do" example:"read logical network blue: logical network \"blue\" does not exist"`
	Field  string `json:"field,omitempty" doc:"the attribute that it is about, where it is one" example:"mtu"`
}
