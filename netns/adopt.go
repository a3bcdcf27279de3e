package netns

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
)

// kept is what adopt left of a pair that existed.
type kept int

const (
	nothing   kept = iota // it had to go
	bothEnds              // both ends are as they should be
	peerInUse             // the host's end is, and the other is as its user made it
)

// adopt changes a pair that exists to be as v says, or deletes it where that
// can't be done.
func adopt(v Veth) (kept, error) {
	host, err := netlink.LinkByName(v.Host)
	var absent netlink.LinkNotFoundError
	switch {
	case errors.As(err, &absent):
		return nothing, taken(v.Peer, "the name of another interface")
	case err != nil:
		return nothing, err
	case host.Type() != "veth":
		return nothing, taken(v.Host, "an interface of type "+host.Type())
	case v.Netns == "" && host.Attrs().NetNsID >= 0:
		return peerInUse, adoptHost(host, v)
	}
	left, err := adoptPeer(host.Attrs(), v)
	if err != nil {
		return nothing, err
	}
	if left == nothing {
		return nothing, netlink.LinkDel(host)
	}
	return left, adoptHost(host, v)
}

func adoptHost(host netlink.Link, v Veth) error {
	if v.MTU != 0 && host.Attrs().MTU != v.MTU {
		if err := netlink.LinkSetMTU(host, v.MTU); err != nil {
			return err
		}
	}
	if host.Attrs().Group != v.Group {
		if err := netlink.LinkSetGroup(host, int(v.Group)); err != nil {
			return err
		}
	}
	return netlink.LinkSetUp(host)
}

// adoptPeer changes the other end to be as v says, if it is where v wants it
// to be. In a namespace of its own it may have got another name.
func adoptPeer(host *netlink.LinkAttrs, v Veth) (kept, error) {
	h, err := handleAt(v.Netns)
	if err != nil {
		return nothing, err
	}
	defer h.Close()
	peer, err := h.LinkByIndex(host.ParentIndex)
	var absent netlink.LinkNotFoundError
	if errors.As(err, &absent) {
		return nothing, nil
	}
	if err != nil {
		return nothing, err
	}
	if ok, err := isPeer(host, peer, v.Netns); !ok || err != nil {
		return nothing, err
	}
	switch {
	case peer.Attrs().Name == v.Peer:
		return bothEnds, adoptAttrs(h, peer, v)
	case v.Netns != "":
		return peerInUse, nil
	}
	return nothing, nil
}

// isPeer tells whether peer, in the namespace at path, is the other end of
// host. Indexes alone don't say so: every namespace counts its own.
func isPeer(host *netlink.LinkAttrs, peer netlink.Link, path string) (bool, error) {
	a := peer.Attrs()
	if peer.Type() != "veth" || a.Index != host.ParentIndex || a.ParentIndex != host.Index {
		return false, nil
	}
	if path == "" {
		return host.NetNsID < 0, nil
	}
	ns, err := Open(path)
	if err != nil {
		return false, err
	}
	defer ns.Close()
	id, err := netlink.GetNetNsIdByFd(int(ns.file.Fd()))
	return id == host.NetNsID, err
}

func adoptAttrs(h *netlink.Handle, peer netlink.Link, v Veth) error {
	a := peer.Attrs()
	if v.MTU != 0 && a.MTU != v.MTU {
		if err := h.LinkSetMTU(peer, v.MTU); err != nil {
			return err
		}
	}
	if v.MAC != nil && !bytes.Equal(a.HardwareAddr, v.MAC) {
		return h.LinkSetHardwareAddr(peer, v.MAC)
	}
	return nil
}

// taken says that something has a name which a pair needs.
func taken(name, why string) error {
	return fmt.Errorf("%w: %q is %s; delete or rename that", os.ErrExist, name, why)
}
