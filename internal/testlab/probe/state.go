package probe

import (
	"net"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
)

// State is what a host or container sees of itself.
type State struct {
	Hostname   string
	Interfaces []Interface
	Routes     []Route // of the main table
}

// Interface is a network interface.
type Interface struct {
	Name      string
	MAC       string
	MTU       int
	Up        bool
	Addresses []netip.Prefix
}

// Route is a route.
type Route struct {
	Destination netip.Prefix // 0.0.0.0/0 or ::/0: the default
	Via         netip.Addr   // zero: on the link
	Interface   string
}

// Interface finds an interface by name; the zero Interface if there is none.
func (s State) Interface(name string) Interface {
	for _, i := range s.Interfaces {
		if i.Name == name {
			return i
		}
	}
	return Interface{}
}

// Route finds the route to exactly this destination, such as 0.0.0.0/0.
func (s State) Route(destination string) (r Route, ok bool) {
	for _, r := range s.Routes {
		if r.Destination.String() == destination {
			return r, true
		}
	}
	return Route{}, false
}

// Describe reads the state of the caller's network namespace.
func Describe() (State, error) {
	hostname, err := os.Hostname()
	if err != nil {
		return State{}, err
	}
	s := State{Hostname: hostname}
	links, err := net.Interfaces()
	if err != nil {
		return State{}, err
	}
	for _, l := range links {
		i, err := describe(l)
		if err != nil {
			return State{}, err
		}
		s.Interfaces = append(s.Interfaces, i)
	}
	s.Routes, err = routes(links)
	return s, err
}

func describe(l net.Interface) (Interface, error) {
	i := Interface{Name: l.Name, MAC: l.HardwareAddr.String(), MTU: l.MTU, Up: l.Flags&net.FlagUp != 0}
	addrs, err := l.Addrs()
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			i.Addresses = append(i.Addresses, p)
		}
	}
	return i, err
}

func routes(links []net.Interface) ([]Route, error) {
	names := map[int]string{}
	for _, l := range links {
		names[l.Index] = l.Name
	}
	list, err := netlink.RouteList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, err
	}
	var out []Route
	for _, r := range list {
		if r.Dst == nil {
			continue
		}
		destination, err := netip.ParsePrefix(r.Dst.String())
		if err != nil {
			return nil, err
		}
		via, _ := netip.AddrFromSlice(r.Gw)
		out = append(out, Route{Destination: destination, Via: via.Unmap(), Interface: names[r.LinkIndex]})
	}
	return out, nil
}
