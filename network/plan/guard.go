package plan

import (
	"net"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// A DHCP server's messages go to these UDP ports (RFC 2131, RFC 8415).
const (
	dhcpClient   = 68
	dhcpServer   = 67
	dhcpv6Client = 546
)

var (
	unspecifiedIPv4 = netip.MustParsePrefix("0.0.0.0/32")
	unspecifiedIPv6 = netip.MustParsePrefix("::/128")
)

// guardBase is what holds for all guarded ports: they are no DHCP servers and
// no routers; they may ask for an address by DHCP and report multicast
// listeners before they have one. What is neither IP nor ARP is held to its MAC
// only.
//
// A header too broken to read looks like one from the unspecified address,
// which is why that passes only in these messages.
func guardBase() []ovs.Flow {
	out := flows(
		drop(tableGuardMAC, prioMiss),
		drop(tableGuardIP, prioForbidden, with(udp(etherIPv4), ovs.Uint(ovs.UDPDst, dhcpClient))...),
		drop(tableGuardIP, prioForbidden, with(udp(etherIPv6), ovs.Uint(ovs.UDPDst, dhcpv6Client))...),
		drop(tableGuardIP, prioForbidden, icmpv6(routerAdvertisement)...),
		flow(tableGuardIP, prioException, with(udp(etherIPv4), ovs.Net(ovs.IPSrc, unspecifiedIPv4),
			ovs.Uint(ovs.UDPSrc, dhcpClient), ovs.Uint(ovs.UDPDst, dhcpServer)), then(tableFrames)),
		drop(tableGuardIP, prioRefuse, etherType(etherIPv4), ovs.Net(ovs.IPSrc, unspecifiedIPv4)),
		drop(tableGuardIP, prioRefuse, etherType(etherIPv6), ovs.Net(ovs.IPv6Src, unspecifiedIPv6)),
		flow(tableGuardIP, prioMiss, nil, then(tableFrames)),
	)
	for _, kind := range []uint64{mldReport, mldDone, mldv2Report} {
		out = append(out, flow(tableGuardIP, prioException,
			with(icmpv6(kind), ovs.Net(ovs.IPv6Src, unspecifiedIPv6)), then(tableFrames)))
	}
	for _, kind := range []uint64{etherIPv4, etherIPv6, etherARP} {
		out = append(out, drop(tableGuardIP, prioDefault, etherType(kind)))
	}
	return out
}

// guard holds a port to what it is.
func (p *Plan) guard(n *networkFact, t *portFact) []ovs.Flow {
	claims := claimsOf(t)
	return join(
		flows(flow(tableGuardMAC, prioFlow, t.sends(ovs.EthSrc), then(tableGuardIP))),
		guardIP(t, slices.Concat(claims, n.routedBy(t), p.routedBy(n, t))),
		guardARP(t, claims),
		guardND(t, claims),
	)
}

// guardIP passes what a port sends from the given sources.
func guardIP(t *portFact, sources []netip.Prefix) []ovs.Flow {
	var out []ovs.Flow
	for _, s := range sources {
		if s.Addr().Is4() {
			match := and(inPort(t.ofport), etherType(etherIPv4))
			out = append(out, flow(tableGuardIP, prioFlow, with(match, ovs.Net(ovs.IPSrc, s)), then(tableFrames)))
		} else {
			match := and(inPort(t.ofport), etherType(etherIPv6))
			out = append(out, flow(tableGuardIP, prioFlow, with(match, ovs.Net(ovs.IPv6Src, s)), then(tableGuardND)))
		}
	}
	return out
}

// guardARP passes ARP in which a port claims its own addresses, or none (a
// probe, RFC 5227).
func guardARP(t *portFact, claims []netip.Prefix) []ovs.Flow {
	match := with(t.sends(ovs.ARPSHA), etherType(etherARP))
	var out []ovs.Flow
	for _, c := range append(only(netip.Addr.Is4, claims), unspecifiedIPv4) {
		out = append(out, flow(tableGuardIP, prioFlow, with(match, ovs.Net(ovs.ARPSPA, c)), then(tableFrames)))
	}
	return out
}

// sends matches what a port sends with its MAC in a field; where the model
// knows no MAC, with any.
func (t *portFact) sends(f ovs.Field) []ovs.Term {
	if t.mac == nil {
		return and(inPort(t.ofport))
	}
	return and(inPort(t.ofport), ovs.MAC(f, t.mac))
}

// claimsOf lists the addresses that a port may say are its own: all, if the
// model knows none. Its link-local address is the one made from its MAC; a
// guest that makes another (RFC 7217) has that in its allowed addresses.
func claimsOf(t *portFact) []netip.Prefix {
	if len(t.Addresses) == 0 {
		return []netip.Prefix{anyIPv4, anyIPv6}
	}
	var claims []netip.Prefix
	for _, a := range t.Addresses {
		claims = append(claims, netip.PrefixFrom(a.Address, a.Address.BitLen()))
	}
	for _, a := range t.Allowed {
		claims = append(claims, a.Masked())
	}
	if t.mac != nil {
		claims = append(claims, netip.PrefixFrom(linkLocalOf(t.mac), 128))
	}
	return claims
}

// linkLocalOf is the link-local address made from a MAC (RFC 4291, appendix A).
func linkLocalOf(mac net.HardwareAddr) netip.Addr {
	return netip.AddrFrom16([16]byte{0: 0xfe, 1: 0x80,
		8: mac[0] ^ 0x02, 9: mac[1], 10: mac[2], 11: 0xff, 12: 0xfe, 13: mac[3], 14: mac[4], 15: mac[5]})
}

// routedBy lists what a port forwards from: the destinations of the routes
// that lead to one of its addresses.
func (n *networkFact) routedBy(t *portFact) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range n.subnets {
		for _, r := range routes(s) {
			if t.has(r.NextHop) {
				out = append(out, r.Destination.Masked())
			}
		}
	}
	return out
}

// routedBy lists what a port forwards from, for routers with an interface in its
// network.
func (p *Plan) routedBy(n *networkFact, t *portFact) []netip.Prefix {
	var out []netip.Prefix
	for id := range n.interfaces {
		i := p.interfaces[id]
		for _, r := range p.routers[i.Router].Routes {
			if t.has(r.NextHop) && leadsInto(r, n.subnets[i.Subnet].Prefix) {
				out = append(out, r.Destination.Masked())
			}
		}
	}
	return out
}

func (t *portFact) has(a netip.Addr) bool {
	return slices.ContainsFunc(t.Addresses, func(b network.Address) bool { return a == b.Address })
}

// routes lists the routes that the hosts of a subnet have; the one to the
// gateway leads anywhere.
func routes(s network.Subnet) []network.Route {
	if !s.Gateway.IsValid() || s.DisableGateway {
		return s.HostRoutes
	}
	anywhere := anyIPv4
	if s.Gateway.Is6() {
		anywhere = anyIPv6
	}
	return append(s.HostRoutes[:len(s.HostRoutes):len(s.HostRoutes)], network.Route{Destination: anywhere, NextHop: s.Gateway})
}

// only lists the prefixes of one family.
func only(family func(netip.Addr) bool, prefixes []netip.Prefix) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range prefixes {
		if family(p.Addr()) {
			out = append(out, p)
		}
	}
	return out
}
