package openflow

import (
	"fmt"

	"github.com/vlcp-go/vlcp/ovs"
)

// The actions (ofp_action_type) and Nicira's (nx_action_subtype).
const (
	actionOutput       = 0
	actionPushVLAN     = 17
	actionPopVLAN      = 18
	actionGroup        = 22
	actionDecTTL       = 24
	actionSetField     = 25
	actionExperimenter = 0xffff

	nicira           = 0x00002320
	nxMove           = 6
	nxLoad           = 7
	nxResubmitTable  = 14
	nxOutputReg      = 15
	nxLoadMasked     = 33
	nxResubmitInPort = 0xfff8 // the packet's own
)

const (
	portInPort     = 0xfffffff8
	portController = 0xfffffffd
	etherTypeVLAN  = 0x8100
)

// putActions appends actions, all but a Goto: that is an instruction.
func putActions(b []byte, actions []ovs.Action) ([]byte, error) {
	for _, a := range actions {
		var err error
		if b, err = putAction(b, a); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func putAction(b []byte, a ovs.Action) ([]byte, error) {
	switch a := a.(type) {
	case ovs.Output:
		return putOutput(b, a.Port, 0), nil
	case ovs.OutputInPort:
		return putOutput(b, portInPort, 0), nil
	case ovs.Controller:
		return putOutput(b, portController, a.MaxLen), nil
	case ovs.Group:
		return put32(put16(put16(b, actionGroup), 8), a.ID), nil
	case ovs.PushVLAN:
		return zeros(put16(put16(put16(b, actionPushVLAN), 8), etherTypeVLAN), 2), nil
	case ovs.PopVLAN:
		return zeros(put16(put16(b, actionPopVLAN), 8), 4), nil
	case ovs.DecTTL:
		return zeros(put16(put16(b, actionDecTTL), 8), 4), nil
	case ovs.SetField:
		return putSetField(b, a.Term), nil
	}
	return putExtension(b, a)
}

// putExtension appends an action that OpenFlow 1.4 does not have.
func putExtension(b []byte, a ovs.Action) ([]byte, error) {
	switch a := a.(type) {
	case ovs.OutputReg:
		b = put16(putNicira(b, 24, nxOutputReg), bitRange(a.Source))
		b = put32(b, uint32(fields[a.Source.Field].action))
		return zeros(put16(b, ovs.WholePacket), 6), nil
	case ovs.Load:
		b = put16(putNicira(b, 24, nxLoad), bitRange(a.Dest))
		return put64(put32(b, uint32(fields[a.Dest.Field].action)), a.Value), nil
	case ovs.Move:
		b = put16(putNicira(b, 24, nxMove), a.Source.Width())
		b = put16(put16(b, a.Source.Offset), a.Dest.Offset)
		b = put32(b, uint32(fields[a.Source.Field].action))
		return put32(b, uint32(fields[a.Dest.Field].action)), nil
	case ovs.Resubmit:
		b = put16(putNicira(b, 16, nxResubmitTable), nxResubmitInPort)
		return zeros(append(b, a.Table), 3), nil
	case ovs.Goto:
		return nil, fmt.Errorf("%v is not the last action", a)
	}
	return nil, fmt.Errorf("action %v can't be sent", a)
}

func putOutput(b []byte, port uint32, maxLen uint16) []byte {
	b = put32(put16(put16(b, actionOutput), 16), port)
	return zeros(put16(b, maxLen), 6)
}

// putSetField uses OpenFlow's set_field, which has no masks before 1.5, or
// Nicira's reg_load2, which has.
func putSetField(b []byte, t ovs.Term) []byte {
	start := len(b)
	if t.Exact() {
		b = putTerm(put16(put16(b, actionSetField), 0), setHeader(t.Field), t)
	} else {
		b = putTerm(putNicira(b, 0, nxLoadMasked), fields[t.Field].action, t)
	}
	return finish(pad(b, start), start)
}

func putNicira(b []byte, length, subtype uint16) []byte {
	b = put16(put16(b, actionExperimenter), length)
	return put16(put32(b, nicira), subtype)
}

// bitRange is NXM's ofs_nbits.
func bitRange(s ovs.Subfield) uint16 { return s.Offset<<6 | (s.Width() - 1) }
