package ovs

// Action is one thing a flow does to a packet. The types below are all there
// are, and each is comparable with ==; an empty list of actions drops.
type Action interface {
	String() string // in the form of ovs-ofctl
	action()
}

// Port numbers with a meaning.
const (
	PortNormal uint32 = 0xfffffffa // as an Ethernet switch forwards
	PortLocal  uint32 = 0xfffffffe // the bridge's own device
)

// WholePacket as a length is longer than any packet.
const WholePacket = 0xffff

// The actions.
type (
	// Output sends the packet out of a port, or of what [PortLocal] and
	// [PortNormal] stand for; it is ignored where that is the input port.
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
	// Controller sends the packet to the agent as a packet-in: at least its
	// first MaxLen bytes, and all of it with [WholePacket].
	Controller struct{ MaxLen uint16 }
	// Unknown is an action of a flow that somebody else made, or a newer
	// version of this package. It can be read but not sent.
	Unknown struct{ Text string }
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
func (Unknown) action()      {}
