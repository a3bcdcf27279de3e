package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"strings"
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
	subnetJSON Subnet
	portJSON   Port
)

// MarshalJSON writes vnirange or vlanrange, and Meta inline.
func (p Physical) MarshalJSON() ([]byte, error) {
	j := physicalJSON{physicalFields: physicalFields(p)}
	if p.Type == VLAN {
		j.VLANs = p.Ranges
	} else {
		j.VNIs = p.Ranges
	}
	return marshal(j, p.Meta)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (p *Physical) UnmarshalJSON(data []byte) error {
	var j physicalJSON
	meta, err := unmarshal(data, &j)
	*p = Physical(j.physicalFields)
	p.Ranges, p.Meta = append(j.VNIs, j.VLANs...), meta
	return err
}

// MarshalJSON writes Meta inline.
func (p PhysicalPort) MarshalJSON() ([]byte, error) { return marshal(physicalPortJSON(p), p.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (p *PhysicalPort) UnmarshalJSON(data []byte) (err error) {
	p.Meta, err = unmarshal(data, (*physicalPortJSON)(p))
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
	return marshal(j, n.Meta)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (n *Network) UnmarshalJSON(data []byte) error {
	var j networkJSON
	meta, err := unmarshal(data, &j)
	*n = Network(j.networkFields)
	n.Segment, n.Meta = j.VNI+j.VLAN, meta
	return err
}

// MarshalJSON writes Meta inline.
func (s Subnet) MarshalJSON() ([]byte, error) { return marshal(subnetJSON(s), s.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (s *Subnet) UnmarshalJSON(data []byte) (err error) {
	s.Meta, err = unmarshal(data, (*subnetJSON)(s))
	return err
}

// MarshalJSON writes Meta inline.
func (p Port) MarshalJSON() ([]byte, error) { return marshal(portJSON(p), p.Meta) }

// UnmarshalJSON is the inverse of MarshalJSON.
func (p *Port) UnmarshalJSON(data []byte) (err error) {
	p.Meta, err = unmarshal(data, (*portJSON)(p))
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

// marshal writes the fields of v, and meta beside them.
func marshal(v any, meta map[string]any) ([]byte, error) {
	fields, err := json.Marshal(v)
	if err != nil || len(meta) == 0 {
		return fields, err
	}
	all := map[string]any{}
	maps.Copy(all, meta)
	known := map[string]json.RawMessage{}
	if err := json.Unmarshal(fields, &known); err != nil {
		return nil, err
	}
	for name, value := range known {
		all[name] = value
	}
	return json.Marshal(all)
}

// unmarshal reads the fields of v, and answers what v has no field for.
func unmarshal(data []byte, v any) (meta map[string]any, err error) {
	known, rest := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if err := json.Unmarshal(data, &known); err != nil {
		return nil, err
	}
	names := fieldNames(reflect.TypeOf(v).Elem())
	for name, value := range known {
		if !names[name] {
			rest[name] = value
			delete(known, name)
		}
	}
	if len(rest) == 0 {
		return nil, decode(data, v)
	}
	// Only the known ones: encoding/json would take "MTU" for the field "mtu".
	if data, err = json.Marshal(known); err != nil {
		return nil, err
	}
	if err := decode(data, v); err != nil {
		return nil, err
	}
	if data, err = json.Marshal(rest); err != nil {
		return nil, err
	}
	return meta, decode(data, &meta)
}

// decode is json.Unmarshal that keeps the digits of numbers of any type.
func decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

// fieldNames is the set of json names of a struct's fields, those of its
// embedded structs among them.
func fieldNames(t reflect.Type) map[string]bool {
	names := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous && name != "-" {
			names[name] = true
		}
	}
	return names
}
