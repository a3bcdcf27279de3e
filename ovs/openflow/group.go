package openflow

import "github.com/vlcp-go/vlcp/ovs"

const (
	groupDelete      = 2
	groupAddOrModify = 0x8000 // Open vSwitch's
)

const (
	groupAll    = 0
	groupSelect = 1
)

// putGroup appends a message that makes a group what it should be.
func putGroup(b []byte, xid uint32, g ovs.GroupEntry) ([]byte, error) {
	kind, weight := uint8(groupAll), uint16(0)
	if g.Select {
		kind, weight = groupSelect, 1
	}
	start := len(b)
	b = putHeader(b, typeGroupMod, xid)
	b = put32(append(put16(b, groupAddOrModify), kind, 0), g.ID)
	for _, actions := range g.Buckets {
		var err error
		if b, err = putBucket(b, weight, actions); err != nil {
			return nil, err
		}
	}
	return finish(b, start), checkLen(len(b) - start)
}

// putGroupDelete appends a message that deletes a group, if it is there, and
// the flows that use it.
func putGroupDelete(b []byte, xid, id uint32) []byte {
	start := len(b)
	b = putHeader(b, typeGroupMod, xid)
	return finish(put32(append(put16(b, groupDelete), groupAll, 0), id), start)
}

func putBucket(b []byte, weight uint16, actions []ovs.Action) ([]byte, error) {
	start := len(b)
	b = put16(put16(b, 0), weight)
	b = put32(put32(b, anyPort), anyPort) // watched port and group: none
	b, err := putActions(zeros(b, 4), actions)
	if err != nil {
		return nil, err
	}
	return setLen(b, start, len(b)-start), nil
}

// groupDesc reads one entry of a dump of groups.
func (c *cursor) groupDesc() (ovs.GroupEntry, error) {
	e := c.sub(int(c.peek16(0)))
	e.skip(2)
	g := ovs.GroupEntry{Select: e.uint8() == groupSelect}
	e.skip(1)
	g.ID = e.uint32()
	for !e.empty() {
		actions, err := e.bucket()
		if err != nil {
			return ovs.GroupEntry{}, err
		}
		g.Buckets = append(g.Buckets, actions)
	}
	return g, e.err()
}

func (c *cursor) bucket() ([]ovs.Action, error) {
	b := c.sub(int(c.peek16(0)))
	b.skip(16)
	if err := b.err(); err != nil {
		return nil, err
	}
	return b.actions()
}
