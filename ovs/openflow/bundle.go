package openflow

import (
	"fmt"

	"github.com/vlcp-go/vlcp/ovs"
)

// The steps of a bundle (ofp_bundle_ctrl_type); a reply is its request plus 1.
const (
	bundleOpen    = 0
	bundleClose   = 2
	bundleCommit  = 4
	bundleDiscard = 6

	bundleAtomic  = 1
	bundleOrdered = 2

	bundleAddLen = 16 // of what is before the message that is added
)

// putBundleAdd appends the head of a message that adds to a bundle; what is
// added follows, with the same xid, and finish ends both.
func putBundleAdd(b []byte, xid, id uint32) []byte {
	b = put32(putHeader(b, typeBundleAdd, xid), id)
	return put16(zeros(b, 2), bundleAtomic|bundleOrdered)
}

// bundle is one encoded bundle: opening, filling and closing it is one write.
// Its changes have the xids first+1, first+2, … in the order in which they are
// to be carried out; the bundle's own number is first.
type bundle struct {
	first   uint32
	raw     []byte
	changes []change
}

// bundleXIDs is how many xids a bundle of n changes takes: one each to open it,
// to close it and to commit or discard it.
func bundleXIDs(n int) int { return n + 3 }

// newBundle encodes changes. The error names the one that can't be sent.
func newBundle(first uint32, changes []change) (*bundle, error) {
	b := &bundle{first: first, changes: changes}
	b.raw = b.control(first, bundleOpen)
	for i, c := range changes {
		start, xid := len(b.raw), first+1+uint32(i)
		raw, err := c.put(putBundleAdd(b.raw, xid, first), xid)
		if err != nil {
			return nil, cantSend("apply", c, err)
		}
		b.raw = finish(raw, start)
	}
	b.raw = append(b.raw, b.control(b.closeXID(), bundleClose)...)
	return b, nil
}

// control is a message that takes the bundle a step further.
func (b *bundle) control(xid uint32, step uint16) []byte {
	m := put32(putHeader(nil, typeBundleControl, xid), b.first)
	return finish(put16(put16(m, step), bundleAtomic|bundleOrdered), 0)
}

// cantSend is the error about something that OpenFlow has no room or no form
// for.
func cantSend(op string, what fmt.Stringer, err error) error {
	return &ovs.Error{Op: op, ID: what.String(), Err: fmt.Errorf("%w: %w", ovs.ErrRefused, err)}
}

func (b *bundle) closeXID() uint32 { return b.first + uint32(len(b.changes)) + 1 }

// endXID is the xid of the commit or discard, the last of the bundle's.
func (b *bundle) endXID() uint32 { return b.closeXID() + 1 }

// name is what the message with an xid was about.
func (b *bundle) name(xid uint32) string {
	if i := xid - b.first - 1; i < uint32(len(b.changes)) {
		return b.changes[i].String()
	}
	return "the bundle"
}

// change is one message of a bundle: a flow or a group to add or delete.
type change struct {
	flow    *ovs.Flow
	group   *ovs.GroupEntry
	groupID uint32 // to delete
	remove  bool
}

// changes puts groups before the flows that use them, and deletes last.
func changes(c ovs.Changes) []change {
	all := make([]change, 0, len(c.AddGroups)+len(c.Add)+len(c.Delete)+len(c.DeleteGroups))
	for i := range c.AddGroups {
		all = append(all, change{group: &c.AddGroups[i]})
	}
	for i := range c.Add {
		all = append(all, change{flow: &c.Add[i]})
	}
	for i := range c.Delete {
		all = append(all, change{flow: &c.Delete[i], remove: true})
	}
	for _, id := range c.DeleteGroups {
		all = append(all, change{groupID: id, remove: true})
	}
	return all
}

func (c change) put(b []byte, xid uint32) ([]byte, error) {
	switch {
	case c.group != nil:
		return putGroup(b, xid, *c.group)
	case c.flow == nil:
		return putGroupDelete(b, xid, c.groupID), nil
	case c.remove:
		return putFlowDelete(b, xid, *c.flow)
	}
	return putFlowAdd(b, xid, *c.flow)
}

// String is the flow or group in the form of ovs-ofctl; of a long one, the
// start.
func (c change) String() string {
	const longest = 300
	var s string
	switch {
	case c.group != nil:
		s = c.group.String()
	case c.flow == nil:
		s = ovs.GroupEntry{ID: c.groupID}.String()
	default:
		s = c.flow.String()
	}
	if len(s) > longest {
		s = s[:longest] + "…"
	}
	return s
}
