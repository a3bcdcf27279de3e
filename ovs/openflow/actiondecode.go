package openflow

import (
	"fmt"

	"github.com/vlcp-go/vlcp/ovs"
)

// actions reads what is left as actions.
func (c *cursor) actions() ([]ovs.Action, error) {
	var actions []ovs.Action
	for !c.empty() {
		raw, err := c.record()
		if err != nil {
			return nil, err
		}
		actions = append(actions, parseAction(raw))
	}
	return actions, c.err()
}

// parseAction reads one action. What it doesn't know, or would not write in
// this form, is an [ovs.Unknown].
func parseAction(raw []byte) ovs.Action {
	c := cursor{b: raw}
	typ := c.uint16()
	c.skip(2)
	var a ovs.Action
	switch typ {
	case actionOutput:
		a = output(c.uint32(), c.uint16())
	case actionGroup:
		a = ovs.Group{ID: c.uint32()}
	case actionPushVLAN:
		if c.uint16() == etherTypeVLAN {
			a = ovs.PushVLAN{}
		}
	case actionPopVLAN:
		a = ovs.PopVLAN{}
	case actionDecTTL:
		a = ovs.DecTTL{}
	case actionSetField:
		a = c.setField()
	case actionExperimenter:
		if c.uint32() == nicira {
			a = c.nicira()
		}
	}
	if a == nil || c.failed {
		return unknown("action", raw)
	}
	return a
}

func unknown(what string, raw []byte) ovs.Unknown {
	return ovs.Unknown{Text: fmt.Sprintf("%s(%x)", what, raw)}
}

func output(port uint32, maxLen uint16) ovs.Action {
	switch port {
	case portInPort:
		return ovs.OutputInPort{}
	case portController:
		return ovs.Controller{MaxLen: maxLen}
	}
	return ovs.Output{Port: port}
}

func (c *cursor) setField() ovs.Action {
	t, err := c.term()
	if err != nil {
		return nil
	}
	return ovs.SetField{Term: t}
}

// nicira reads what follows the vendor of an experimenter's action; nil is
// what it doesn't know.
func (c *cursor) nicira() ovs.Action {
	switch c.uint16() {
	case nxMove:
		return c.move()
	case nxLoad:
		bits := c.uint16()
		if dest, ok := c.subfield(bits>>6, bits&0x3f+1); ok {
			return ovs.Load{Value: c.uint64(), Dest: dest}
		}
	case nxLoadMasked:
		return c.setField()
	case nxOutputReg:
		bits := c.uint16()
		if source, ok := c.subfield(bits>>6, bits&0x3f+1); ok {
			return ovs.OutputReg{Source: source}
		}
	case nxResubmitTable:
		if port := c.uint16(); port == nxResubmitInPort {
			return ovs.Resubmit{Table: c.uint8()}
		}
	}
	return nil
}

func (c *cursor) move() ovs.Action {
	bits, from, to := c.uint16(), c.uint16(), c.uint16()
	source, ok := c.subfield(from, bits)
	dest, ok2 := c.subfield(to, bits)
	if !ok || !ok2 {
		return nil
	}
	return ovs.Move{Source: source, Dest: dest}
}

// subfield reads the header of a field of which the bits are given, and says
// whether there is such a thing.
func (c *cursor) subfield(offset, bits uint16) (ovs.Subfield, bool) {
	h := oxmHeader(c.uint32())
	f, ok := fieldOf[h]
	whole := ovs.Subfield{Field: f}
	switch {
	case !ok || h != fields[f].action || bits == 0 || int(offset)+int(bits) > int(whole.Width()):
		return ovs.Subfield{}, false
	case bits == whole.Width():
		return whole, true
	}
	return ovs.Subfield{Field: f, Offset: offset, Bits: bits}, true
}
