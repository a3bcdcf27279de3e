package ovs

import (
	"fmt"
	"strconv"
)

func (a Output) String() string {
	if name, ok := portNames[a.Port]; ok {
		return name
	}
	return "output:" + number(a.Port)
}

func (a OutputReg) String() string  { return "output:" + a.Source.String() }
func (OutputInPort) String() string { return "IN_PORT" }
func (a SetField) String() string {
	return "set_field:" + a.Term.value() + "->" + a.Term.Field.String()
}
func (a Load) String() string       { return fmt.Sprintf("load:%#x->%v", a.Value, a.Dest) }
func (a Move) String() string       { return "move:" + a.Source.String() + "->" + a.Dest.String() }
func (PushVLAN) String() string     { return "push_vlan:0x8100" }
func (PopVLAN) String() string      { return "pop_vlan" }
func (DecTTL) String() string       { return "dec_ttl" }
func (a Resubmit) String() string   { return "resubmit(," + number(a.Table) + ")" }
func (a Goto) String() string       { return "goto_table:" + number(a.Table) }
func (a Group) String() string      { return "group:" + number(a.ID) }
func (a Controller) String() string { return "CONTROLLER:" + number(a.MaxLen) }
func (a Unknown) String() string    { return a.Text }

func number[T uint8 | uint16 | uint32](n T) string { return strconv.FormatUint(uint64(n), 10) }

// portNames are the reserved ports that a packet can be sent to and that no
// action type of their own stands for.
var portNames = map[uint32]string{
	PortNormal: "NORMAL",
	0xfffffffb: "FLOOD",
	0xfffffffc: "ALL",
	PortLocal:  "LOCAL",
}
