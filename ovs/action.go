package ovs

// Action is one thing a flow does to a packet. The types below are all there
// are; an empty list of actions drops.
type Action interface {
	String() string // in the form of ovs-ofctl
	action()
}

// Subfield is a run of bits of a field: bits Offset (0 is the least
// significant) to Offset+Bits-1. Bits 0 stands for the whole field.
type Subfield struct {
	Field  Field
	Offset uint16
	Bits   uint16
}

// The actions.
type (
	// Output sends the packet out of a port; it is ignored where that is the
	// input port.
	Output struct{ Port uint32 }
	// OutputReg sends the packet out of the port whose number is in Source.
	OutputReg struct{ Source Subfield }
	// OutputInPort sends the packet back where it came from.
	OutputInPort struct{}
	// SetField writes the term's value under its mask.
	SetField struct{ Term Term }
	// Load writes Value into Dest (NXAST_REG_LOAD, up to 64 bits).
	Load struct {
		Value uint64
		Dest  Subfield
	}
	// Move copies bits between two subfields of equal size (NXAST_REG_MOVE).
	Move struct{ Source, Dest Subfield }
	// PushVLAN adds an 802.1Q tag; a SetField of VLANVID fills it.
	PushVLAN struct{}
	// PopVLAN removes the outermost tag.
	PopVLAN struct{}
	// DecTTL decrements the TTL or hop limit.
	DecTTL struct{}
	// Resubmit looks the packet up in another table and comes back.
	Resubmit struct{ Table uint8 }
	// Goto continues in a later table; it must be the last action.
	Goto struct{ Table uint8 }
	// Group hands the packet to a group.
	Group struct{ ID uint32 }
	// Controller sends the packet to the agent as a packet-in.
	Controller struct{ MaxLen uint16 }
)

func (Output) action()       {}
func (OutputReg) action()    {}
func (OutputInPort) action() {}
func (SetField) action()     {}
func (Load) action()         {}
func (Move) action()         {}
func (PushVLAN) action()     {}
func (PopVLAN) action()      {}
func (DecTTL) action()       {}
func (Resubmit) action()     {}
func (Goto) action()         {}
func (Group) action()        {}
func (Controller) action()   {}
