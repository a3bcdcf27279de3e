package openflow

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/vlcp-go/vlcp/ovs"
)

// Apply makes the changes in one atomic bundle: groups before the flows that
// use them, adds before deletes. If Open vSwitch refuses any of them nothing
// is changed, and the error matches [ovs.ErrRefused] and names it. If ctx ends
// while it waits, the changes may or may not have been made.
func (c *Conn) Apply(ctx context.Context, ch ovs.Changes) error {
	all := changes(ch)
	if len(all) == 0 {
		return nil
	}
	// Encode first: Open vSwitch drops a bundle that stands open for 10 s.
	b, err := newBundle(c.reserve(bundleXIDs(len(all))), all)
	if err != nil {
		return err
	}
	err = c.step(ctx, b, b.closeXID(), b.raw)
	switch {
	case err == nil:
		return c.step(ctx, b, b.endXID(), b.control(b.endXID(), bundleCommit))
	case errors.Is(err, ovs.ErrRefused):
		// What Open vSwitch can't decode it left out, and would commit the rest.
		err = errors.Join(err, c.step(ctx, b, b.endXID(), b.control(b.endXID(), bundleDiscard)))
	}
	return err
}

// step writes a part of a bundle that ends with the message xid.
func (c *Conn) step(ctx context.Context, b *bundle, xid uint32, raw []byte) error {
	x := &exchange{first: b.first, last: xid, typ: typeBundleControl}
	err := c.do(ctx, x, raw)
	if errors.Is(err, ovs.ErrRefused) {
		return &ovs.Error{Op: "apply", ID: b.name(x.errXID), Err: err}
	}
	return err
}

// Flows reads the flows whose cookie matches under the mask, sorted by
// [ovs.CompareFlows]. A flow that matches on a field which this version does
// not know is an error.
func (c *Conn) Flows(ctx context.Context, cookie, mask uint64) ([]ovs.Flow, error) {
	xid := c.reserve(1)
	flows, err := dump(ctx, c, xid, putFlowDump(nil, xid, cookie, mask), (*cursor).flowStats)
	slices.SortFunc(flows, ovs.CompareFlows)
	return flows, err
}

// Groups reads all groups, sorted by their numbers.
func (c *Conn) Groups(ctx context.Context) ([]ovs.GroupEntry, error) {
	xid := c.reserve(1)
	groups, err := dump(ctx, c, xid, putGroupDump(nil, xid), (*cursor).groupDesc)
	slices.SortFunc(groups, func(a, b ovs.GroupEntry) int { return cmp.Compare(a.ID, b.ID) })
	return groups, err
}

// dump asks for a list and reads its entries.
func dump[T any](ctx context.Context, c *Conn, xid uint32, request []byte, entry func(*cursor) (T, error)) ([]T, error) {
	var list []T
	x := &exchange{first: xid, last: xid, typ: typeMultipartReply, receive: func(body *cursor) (bool, error) {
		more := body.multipart()
		for !body.empty() {
			e, err := entry(body)
			if err != nil {
				return false, err
			}
			list = append(list, e)
		}
		return more, body.err()
	}}
	if err := c.do(ctx, x, request); err != nil {
		return nil, err
	}
	return list, nil
}

// Send sends packets out, in order. The error names the first that Open
// vSwitch refused; the others were sent.
func (c *Conn) Send(ctx context.Context, packets ...ovs.PacketOut) error {
	x := &exchange{first: c.reserve(len(packets) + 1), typ: typeBarrierReply}
	x.last = x.first + uint32(len(packets))
	var b []byte
	for i, p := range packets {
		var err error
		if b, err = putPacketOut(b, x.first+uint32(i), p); err != nil {
			return cantSend("send packet", packetOut(p), err)
		}
	}
	err := c.do(ctx, x, simple(b, typeBarrierRequest, x.last))
	if i := int(x.errXID - x.first); errors.Is(err, ovs.ErrRefused) && i < len(packets) {
		return &ovs.Error{Op: "send packet", ID: packetOut(packets[i]).String(), Err: err}
	}
	return err
}
