package netns

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Veth is a pair of interfaces as it should be.
type Veth struct {
	Host  string           // the end in this namespace; it is set up
	Peer  string           // the other end; whoever takes it sets it up
	MAC   net.HardwareAddr // of the peer; nil: the kernel's choice
	MTU   int              // of both; 0: the kernel's default, 1500
	Netns string           // path of the namespace that gets the peer; "": it stays in this one
	Group uint32           // device group of the host's end, which [Links] tells again
	TxOff bool             // switch off what the peer leaves to its device, see [CreateVeth]
}

// CreateVeth makes the pair. A pair that exists is changed to be as v says;
// one whose peer is elsewhere is replaced, except that a peer which its user
// moved out of this namespace, or renamed in its own ([Configure]), is left to
// him. A name that another interface has is os.ErrExist.
//
// TxOff switches off TX checksumming, TSO, GSO and scatter-gather on the peer.
// Open vSwitch's userspace datapath reads its frames from a packet socket and
// would forward their unfinished checksums: ping works then and TCP does not.
// "tx off" alone leaves TSO on (Linux 6.18).
func CreateVeth(ctx context.Context, v Veth) error {
	return do(ctx, "create veth", v.Host, func() error { return createVeth(v) })
}

func createVeth(v Veth) error {
	link, done, err := v.link()
	if err != nil {
		return err
	}
	defer done()
	err = netlink.LinkAdd(link)
	if err == unix.EEXIST {
		var left kept
		if left, err = adopt(v); left == peerInUse {
			return err
		}
		if left == nothing && err == nil {
			err = netlink.LinkAdd(link)
		}
	}
	if err != nil || !v.TxOff {
		return err
	}
	return txOff(v.Netns, v.Peer)
}

// link is the message that makes the pair; done closes what it refers to.
func (v Veth) link() (link *netlink.Veth, done func() error, err error) {
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MTU, attrs.Flags, attrs.Group = v.Host, v.MTU, net.FlagUp, v.Group
	link = netlink.NewVeth(attrs)
	link.PeerName, link.PeerMTU, link.PeerHardwareAddr = v.Peer, uint32(v.MTU), v.MAC
	if v.Netns == "" {
		return link, func() error { return nil }, nil
	}
	ns, err := Open(v.Netns)
	if err != nil {
		return nil, nil, err
	}
	link.PeerNamespace = netlink.NsFd(ns.file.Fd())
	return link, ns.Close, nil
}

// Delete deletes an interface, and with one end of a pair the other. An absent
// one is no error. The kernel takes some 20 ms for each: see [DeleteAll].
func Delete(ctx context.Context, name string) error { return DeleteAll(ctx, name) }

// DeleteAll deletes the interfaces in about the time of one: it puts them in a
// group, which the kernel deletes at once (as "ip link delete group" does).
// Absent ones are no error.
func DeleteAll(ctx context.Context, names ...string) error {
	found := false
	for _, name := range names {
		err := do(ctx, "delete", name, func() error { return setGroup(name, condemned) })
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		found = found || err == nil
	}
	if !found {
		return nil
	}
	return do(ctx, "delete", strings.Join(names, ", "), func() error { return deleteGroup(condemned) })
}

// Link is one end of a veth pair.
type Link struct {
	Name      string
	Index     int
	MAC       net.HardwareAddr
	MTU       int
	Group     uint32
	Up        bool
	PeerIndex int  // the interface index of the other end, in its namespace
	PeerHere  bool // the other end is in this namespace
}

// Links lists the veth interfaces of this namespace whose names start with
// prefix, in the order of their indexes.
func Links(ctx context.Context, prefix string) ([]Link, error) {
	var links []Link
	err := do(ctx, "list interfaces", prefix, func() error {
		all, err := dump(netlink.LinkList)
		for _, l := range all {
			if a := l.Attrs(); l.Type() == "veth" && strings.HasPrefix(a.Name, prefix) {
				links = append(links, Link{Name: a.Name, Index: a.Index, MAC: a.HardwareAddr, MTU: a.MTU, Group: a.Group,
					Up: a.Flags&net.FlagUp != 0, PeerIndex: a.ParentIndex, PeerHere: a.NetNsID < 0})
			}
		}
		return err
	})
	return links, err
}
