package network

import (
	"encoding/json"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/internal/inline"
)

// The shapes in which the types are written: a type's fields without its
// methods, and beside them the attributes whose name depends on its kind.
type (
	physicalFields Physical
	physicalJSON   struct {
		physicalFields
		VNIs  []Range `json:"vnirange,omitempty"`
		VLANs []Range `json:"vlanrange,omitempty"`
	}
	physicalPortJSON PhysicalPort
	networkFields    Network
	networkJSON      struct {
		networkFields
		VNI  uint32 `json:"vni,omitempty"`
		VLAN uint32 `json:"vlanid,omitempty"`
	}
	subnetJSON          Subnet
	portJSON            Port
	routerJSON          Router
	routerInterfaceJSON RouterInterface
)

// The names that the fields of each have, and no other attribute.
var (
	physicalNames     = inline.Names[physicalJSON]()
	physicalPortNames = inline.Names[physicalPortJSON]()
	networkNames      = inline.Names[networkJSON]()
	subnetNames       = inline.Names[subnetJSON]()
	portNames         = inline.Names[portJSON]()

	routerNames          = inline.Names[routerJSON]()
	routerInterfaceNames = inline.Names[routerInterfaceJSON]()
)

// MarshalJSON writes vnirange or vlanrange, and Meta inline.
func (p Physical) MarshalJSON() ([]byte, error) {
	j := physicalJSON{physicalFields: physicalFields(p)}
	if p.Type == VLAN {
		j.VLANs = p.Ranges
	} else {
		j.VNIs = p.Ranges
	}
	return inline.Marshal(j, p.Meta)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (p *Physical) UnmarshalJSON(data []byte) error {
	var j physicalJSON
	meta, err := inline.Unmarshal(data, &j, physicalNames)
	*p = Physical(j.physicalFields)
	p.Ranges, p.Meta = append(j.VNIs, j.VLANs...), meta
	return err
}

// MarshalJSON writes Meta inline.
func (p PhysicalPort) MarshalJSON() ([]byte, error) {
	return inline.Marshal(physicalPortJSON(p), p.Meta)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (p *PhysicalPort) UnmarshalJSON(data []byte) (err error) {
	p.Meta, err = inline.Unmarshal(data, (*physicalPortJSON)(p), physicalPortNames)
	return err
}

// MarshalJSON writes vni or vlanid, and Meta inline.
func (n Network) MarshalJSON() ([]byte, error) {
	j := networkJSON{networkFields: networkFields(n)}
	if n.Type == VLAN {
		j.VLAN = n.Segment
	} else {
		j.VNI = n.Segment
	}
	return inline.Marshal(j, n.Meta)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (n *Network) UnmarshalJSON(data []byte) error {
	var j networkJSON
	meta, err := inline.Unmarshal(data, &j, networkNames)
	*n = Network(j.networkFields)
	n.Segment, n.Meta = j.VNI+j.VLAN, meta
	return err
}

// MarshalJSON writes Meta inline.
func (s Subnet) MarshalJSON() ([]byte, error) { return inline.Marshal(subnetJSON(s), s.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (s *Subnet) UnmarshalJSON(data []byte) (err error) {
	s.Meta, err = inline.Unmarshal(data, (*subnetJSON)(s), subnetNames)
	return err
}

// MarshalJSON writes Meta inline.
func (p Port) MarshalJSON() ([]byte, error) { return inline.Marshal(portJSON(p), p.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (p *Port) UnmarshalJSON(data []byte) (err error) {
	p.Meta, err = inline.Unmarshal(data, (*portJSON)(p), portNames)
	return err
}

// MarshalJSON writes Meta inline.
func (r Router) MarshalJSON() ([]byte, error) { return inline.Marshal(routerJSON(r), r.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (r *Router) UnmarshalJSON(data []byte) (err error) {
	r.Meta, err = inline.Unmarshal(data, (*routerJSON)(r), routerNames)
	return err
}

// MarshalJSON writes Meta inline.
func (i RouterInterface) MarshalJSON() ([]byte, error) {
	return inline.Marshal(routerInterfaceJSON(i), i.Meta)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (i *RouterInterface) UnmarshalJSON(data []byte) (err error) {
	i.Meta, err = inline.Unmarshal(data, (*routerInterfaceJSON)(i), routerInterfaceNames)
	return err
}

// MarshalJSON writes [first, last].
func (r Range) MarshalJSON() ([]byte, error) { return json.Marshal([2]uint32{r.First, r.Last}) }

// UnmarshalJSON reads [first, last].
func (r *Range) UnmarshalJSON(data []byte) error {
	var pair []uint32
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("a range is [first, last], not %s", data)
	}
	r.First, r.Last = pair[0], pair[1]
	return nil
}

// MarshalJSON writes [destination, next hop].
func (r Route) MarshalJSON() ([]byte, error) {
	return json.Marshal([2]string{r.Destination.String(), r.NextHop.String()})
}

// UnmarshalJSON reads [destination, next hop].
func (r *Route) UnmarshalJSON(data []byte) (err error) {
	var pair []string
	if err := json.Unmarshal(data, &pair); err != nil {
		return err
	}
	if len(pair) != 2 {
		return fmt.Errorf("a route is [destination, next hop], not %s", data)
	}
	if r.Destination, err = netip.ParsePrefix(pair[0]); err != nil {
		return err
	}
	r.NextHop, err = netip.ParseAddr(pair[1])
	return err
}
