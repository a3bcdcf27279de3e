package openflow

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/ovs"
)

const (
	flowAdd          = 0
	flowDeleteStrict = 4
)

const (
	instructionGoto  = 1
	instructionApply = 4
)

// putFlowAdd appends a message that adds a flow, or replaces the entry of its
// table, priority and match.
func putFlowAdd(b []byte, xid uint32, f ovs.Flow) ([]byte, error) {
	return putFlowMod(b, xid, f, flowAdd, 0)
}

// putFlowDelete appends a message that deletes a flow if its table, priority,
// match and cookie are these.
func putFlowDelete(b []byte, xid uint32, f ovs.Flow) ([]byte, error) {
	f.Actions = nil
	return putFlowMod(b, xid, f, flowDeleteStrict, ^uint64(0))
}

func putFlowMod(b []byte, xid uint32, f ovs.Flow, command uint8, cookieMask uint64) ([]byte, error) {
	start := len(b)
	b = putHeader(b, typeFlowMod, xid)
	b = put64(put64(b, f.Cookie), cookieMask)
	b = append(b, f.Table, command)
	b = put32(b, 0) // idle and hard timeout: none
	b = put16(b, f.Priority)
	b = put32(put32(put32(b, noBuffer), anyPort), anyPort)
	b = put32(b, 0) // flags and importance
	b, err := putInstructions(putMatch(b, f.Match), f.Actions)
	if err != nil {
		return nil, err
	}
	return finish(b, start), checkLen(len(b) - start)
}

// checkLen refuses a message that, in a bundle, would be too long to send.
func checkLen(n int) error {
	if n+bundleAddLen > maxLen {
		return fmt.Errorf("it takes %d bytes of OpenFlow, of at most %d", n, maxLen-bundleAddLen)
	}
	return nil
}

// putInstructions appends actions as apply_actions and, where the last is a
// Goto, goto_table.
func putInstructions(b []byte, actions []ovs.Action) ([]byte, error) {
	var next *ovs.Goto
	if n := len(actions); n > 0 {
		if g, ok := actions[n-1].(ovs.Goto); ok {
			next, actions = &g, actions[:n-1]
		}
	}
	if len(actions) > 0 {
		start := len(b)
		b = zeros(put16(b, instructionApply), 6)
		var err error
		if b, err = putActions(b, actions); err != nil {
			return nil, err
		}
		b = finish(b, start)
	}
	if next != nil {
		b = append(put16(put16(b, instructionGoto), 8), next.Table, 0, 0, 0)
	}
	return b, nil
}

// instructions reads what is left as instructions, back into actions.
func (c *cursor) instructions() ([]ovs.Action, error) {
	var actions []ovs.Action
	for !c.empty() {
		raw, err := c.record()
		if err != nil {
			return nil, err
		}
		more, err := parseInstruction(raw)
		if err != nil {
			return nil, err
		}
		actions = append(actions, more...)
	}
	return actions, c.err()
}

func parseInstruction(raw []byte) ([]ovs.Action, error) {
	c := cursor{b: raw}
	typ := c.uint16()
	c.skip(2)
	switch typ {
	case instructionGoto:
		return []ovs.Action{ovs.Goto{Table: c.uint8()}}, c.err()
	case instructionApply:
		c.skip(4)
		return c.actions()
	}
	return []ovs.Action{unknown("instruction", raw)}, nil
}

// flowStats reads one entry of a flow dump.
func (c *cursor) flowStats() (ovs.Flow, error) {
	e := c.sub(int(c.peek16(0)))
	e.skip(2)
	f := ovs.Flow{Table: e.uint8()}
	e.skip(9) // padding, duration
	f.Priority = e.uint16()
	e.skip(10) // timeouts, flags, importance, padding
	f.Cookie = e.uint64()
	e.skip(16) // counters
	var err error
	if f.Match, err = e.match(); errors.As(err, new(unknownField)) {
		return ovs.Flow{}, fmt.Errorf("flow %s %w", f, err)
	}
	if err == nil {
		f.Actions, err = e.instructions()
	}
	return f, err
}
