package netns

import (
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// condemned is the device group of interfaces that are being deleted: "vlcp".
const condemned = 0x766c6370

// setGroup puts an interface into a device group; ENODEV says that it is
// absent.
func setGroup(name string, group uint32) error {
	return linkRequest(unix.RTM_SETLINK,
		nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(name)),
		nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(group)))
}

// deleteGroup deletes all interfaces of a device group; where another caller
// was faster there is nothing left to do.
func deleteGroup(group uint32) error {
	err := linkRequest(unix.RTM_DELLINK, nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(group)))
	if err == unix.ENODEV {
		return nil
	}
	return err
}

func linkRequest(message int, attrs ...*nl.RtAttr) error {
	req := nl.NewNetlinkRequest(message, unix.NLM_F_ACK)
	req.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	for _, a := range attrs {
		req.AddData(a)
	}
	_, err := req.Execute(unix.NETLINK_ROUTE, 0)
	return err
}
