package flowgen

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/ovs"
)

// action makes an action on a packet of p, which has a VLAN tag if tagged.
func action(p protocol, tagged bool) *rapid.Generator[ovs.Action] {
	choices := []*rapid.Generator[ovs.Action]{
		actionOf(func(t *rapid.T) ovs.Action { return ovs.Output{Port: port().Draw(t, "port")} }),
		actionOf(func(t *rapid.T) ovs.Action { return ovs.Controller{MaxLen: rapid.Uint16().Draw(t, "max_len")} }),
		actionOf(func(t *rapid.T) ovs.Action { return ovs.Resubmit{Table: rapid.Uint8Range(0, 253).Draw(t, "table")} }),
		actionOf(func(t *rapid.T) ovs.Action { return ovs.OutputReg{Source: subfield(t, ovs.Reg3, 0)} }),
		actionOf(func(t *rapid.T) ovs.Action { return move(t, p, tagged) }),
		actionOf(func(t *rapid.T) ovs.Action { return load(t, p, tagged) }),
		actionOf(func(t *rapid.T) ovs.Action { return setField(t, p, tagged) }),
		rapid.SampledFrom([]ovs.Action{ovs.OutputInPort{}, ovs.Output{Port: ovs.PortNormal}, ovs.Group{ID: 1}, ovs.Group{ID: 2}}),
	}
	if p.ttl {
		choices = append(choices, rapid.Just[ovs.Action](ovs.DecTTL{}))
	}
	if tagged {
		choices = append(choices, actionOf(func(t *rapid.T) ovs.Action {
			vid := rapid.Uint64Range(1, 4094).Draw(t, "vid")
			return ovs.SetField{Term: ovs.Uint(ovs.VLANVID, 0x1000|vid)}
		}))
	}
	return rapid.OneOf(choices...)
}

func actionOf(f func(*rapid.T) ovs.Action) *rapid.Generator[ovs.Action] { return rapid.Custom(f) }

func setField(t *rapid.T, p protocol, tagged bool) ovs.Action {
	exactly, masked := p.settable()
	f := rapid.SampledFrom(slices.Concat(exactly, masked, tci(tagged))).Draw(t, "field")
	if slices.Contains(exactly, f) {
		return ovs.SetField{Term: exact(t, f)}
	}
	return ovs.SetField{Term: term(t, f)}
}

func load(t *rapid.T, p protocol, tagged bool) ovs.Action {
	exactly, masked := p.settable()
	f := rapid.SampledFrom(slices.Concat(exactly, masked, tci(tagged), []ovs.Field{ovs.InPort})).Draw(t, "field")
	dest := subfield(t, f, 64)
	all := uint64(1)<<dest.Width() - 1
	return ovs.Load{Value: rapid.Uint64().Draw(t, "value") & all, Dest: dest}
}

func move(t *rapid.T, p protocol, tagged bool) ovs.Action {
	_, masked := p.settable()
	from := rapid.SampledFrom(append(masked, ovs.EthType, ovs.InPort)).Draw(t, "from")
	to := rapid.SampledFrom(append(masked, tci(tagged)...)).Draw(t, "to")
	dest := subfield(t, to, ovs.Subfield{Field: from}.Width())
	return ovs.Move{Source: narrow(ovs.Subfield{Field: from}, dest.Width()), Dest: dest}
}

// tci may be written where no later action needs the tag: Open vSwitch takes
// it that the tag may be gone.
func tci(tagged bool) []ovs.Field {
	if tagged {
		return nil
	}
	return []ovs.Field{ovs.VLANTCI}
}

// subfield is some bits of a field, at most most of them if that isn't 0; all
// of them have their own form.
func subfield(t *rapid.T, f ovs.Field, most uint16) ovs.Subfield {
	whole := ovs.Subfield{Field: f}
	width := whole.Width()
	if most != 0 {
		width = min(width, most)
	}
	bits := rapid.Uint16Range(1, width).Draw(t, "bits")
	if rapid.Bool().Draw(t, "as many as there are") {
		bits = width
	}
	s := narrow(whole, bits)
	if s.Bits != 0 {
		s.Offset = rapid.Uint16Range(0, whole.Width()-bits).Draw(t, "offset")
	}
	return s
}

// narrow takes the lowest bits.
func narrow(s ovs.Subfield, bits uint16) ovs.Subfield {
	if bits != s.Width() {
		s.Bits = bits
	}
	return s
}
