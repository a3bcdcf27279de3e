package client

import "github.com/vlcp-go/vlcp/internal/inline"

// The shapes of the objects with Meta: their fields without their methods.
type (
	physicalJSON        PhysicalNetwork
	physicalPortJSON    PhysicalPort
	networkJSON         Network
	subnetJSON          Subnet
	portJSON            Port
	routerJSON          Router
	routerInterfaceJSON RouterInterface
)

// MarshalJSON writes the subnets where what is stored has their cidrs.
func (n NewNetwork) MarshalJSON() ([]byte, error) {
	return inline.Marshal(struct {
		networkJSON
		Subnets []Subnet `json:"subnets,omitempty"`
		Router  string   `json:"router,omitempty"`
	}{networkJSON(n.Network), n.Subnets, n.Router}, n.Network.Meta)
}

// MarshalJSON writes Meta inline.
func (p PhysicalNetwork) MarshalJSON() ([]byte, error) {
	return inline.Marshal(physicalJSON(p), p.Meta)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (p *PhysicalNetwork) UnmarshalJSON(data []byte) (err error) {
	p.Meta, err = inline.Unmarshal(data, (*physicalJSON)(p), inline.Names[physicalJSON]())
	return err
}

// MarshalJSON writes Meta inline.
func (p PhysicalPort) MarshalJSON() ([]byte, error) {
	return inline.Marshal(physicalPortJSON(p), p.Meta)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (p *PhysicalPort) UnmarshalJSON(data []byte) (err error) {
	p.Meta, err = inline.Unmarshal(data, (*physicalPortJSON)(p), inline.Names[physicalPortJSON]())
	return err
}

// MarshalJSON writes Meta inline.
func (n Network) MarshalJSON() ([]byte, error) { return inline.Marshal(networkJSON(n), n.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (n *Network) UnmarshalJSON(data []byte) (err error) {
	n.Meta, err = inline.Unmarshal(data, (*networkJSON)(n), inline.Names[networkJSON]())
	return err
}

// MarshalJSON writes Meta inline.
func (s Subnet) MarshalJSON() ([]byte, error) { return inline.Marshal(subnetJSON(s), s.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (s *Subnet) UnmarshalJSON(data []byte) (err error) {
	s.Meta, err = inline.Unmarshal(data, (*subnetJSON)(s), inline.Names[subnetJSON]())
	return err
}

// MarshalJSON writes Meta inline.
func (p Port) MarshalJSON() ([]byte, error) { return inline.Marshal(portJSON(p), p.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (p *Port) UnmarshalJSON(data []byte) (err error) {
	p.Meta, err = inline.Unmarshal(data, (*portJSON)(p), inline.Names[portJSON]())
	return err
}

// MarshalJSON writes Meta inline.
func (r Router) MarshalJSON() ([]byte, error) { return inline.Marshal(routerJSON(r), r.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (r *Router) UnmarshalJSON(data []byte) (err error) {
	r.Meta, err = inline.Unmarshal(data, (*routerJSON)(r), inline.Names[routerJSON]())
	return err
}

// MarshalJSON writes Meta inline.
func (i RouterInterface) MarshalJSON() ([]byte, error) {
	return inline.Marshal(routerInterfaceJSON(i), i.Meta)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (i *RouterInterface) UnmarshalJSON(data []byte) (err error) {
	i.Meta, err = inline.Unmarshal(data, (*routerInterfaceJSON)(i), inline.Names[routerInterfaceJSON]())
	return err
}
