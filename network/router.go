package network

import (
	"crypto/sha256"
	"net"
	"net/netip"
)

// Router is a virtual router. It is nowhere in particular: the switch of every
// host forwards for it, between the subnets of its interfaces.
type Router struct {
	ID         string                  `json:"id"`
	Routes     []Route                 `json:"routes,omitempty"`     // static; each next hop is in the prefix of an interface
	Interfaces map[string]netip.Prefix `json:"interfaces,omitempty"` // id to the subnet's prefix; they do not overlap
	Meta       map[string]any          `json:"-"`
}

// MAC is the MAC that a router has on all of its interfaces, on every host: 02
// and the first five bytes of sha256("router", 0, id).
func (r Router) MAC() net.HardwareAddr {
	sum := sha256.Sum256([]byte("router\x00" + r.ID))
	return append(net.HardwareAddr{0x02}, sum[:5]...)
}

// RouterInterface is where a subnet meets a virtual router. A subnet is in one
// router at most, an external one in any number, and once in each.
type RouterInterface struct {
	ID      string         `json:"id"`
	Router  string         `json:"router"`
	Subnet  string         `json:"subnet"`
	Network string         `json:"network"`             // of the subnet
	Address netip.Addr     `json:"ip_address,omitzero"` // zero: the subnet's gateway
	Meta    map[string]any `json:"-"`
}
