package network

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/ipam"
)

// holdNamed holds the addresses that the port names.
func (s *seats) holdNamed(t *txn, x *seat) error {
	x.p.Addresses = slices.Clone(x.p.Addresses)
	for i := range x.p.Addresses {
		a := &x.p.Addresses[i]
		if !a.Address.IsValid() || x.keep(a) {
			continue
		}
		if a.Subnet = x.subnetOf(*a); a.Subnet == "" {
			return invalidf("ip_address %s is in no subnet of logical network %q, which has %s", a.Address, x.network.ID, prefixesText(x.network))
		}
		subnet, err := t.openSubnet(x.network, a.Subnet)
		if err != nil {
			return err
		}
		if err := subnet.checkAddress(a.Address); err != nil {
			return err
		}
		if err := ipam.Hold(t.Tx, subnet.Pool, a.Address, x.p.ID, s.m.host); err != nil {
			return err
		}
	}
	return nil
}

// keep tells whether the port has the address already, and completes it.
func (x *seat) keep(a *Address) bool {
	for _, had := range x.old.Addresses {
		if a.Address == had.Address && (a.Subnet == "" || a.Subnet == had.Subnet) {
			*a = had
			return true
		}
	}
	return false
}

// subnetOf is the subnet of an address that the port wants: the one it names,
// the one that contains it, or the first for an address that is open. "" if
// there is none.
func (x *seat) subnetOf(a Address) string {
	switch {
	case a.Subnet != "":
		return a.Subnet
	case !a.Address.IsValid():
		return x.firstSubnet()
	}
	for id, prefix := range x.network.Subnets {
		if prefix.Contains(a.Address) {
			return id
		}
	}
	return ""
}

// openSubnet is a subnet of n that takes ports.
func (t *txn) openSubnet(n Network, id string) (Subnet, error) {
	if _, ok := n.Subnets[id]; !ok {
		return Subnet{}, invalidf("specified subnet %q is not in logical network %q", id, n.ID)
	}
	s, err := load[Subnet](t, KindSubnet, subnetKey(n.ID, id), id)
	if err == nil && s.Deleting {
		err = closed(KindSubnet, id)
	}
	return s, err
}

// checkAddress refuses an address that no port of the subnet can have.
func (s Subnet) checkAddress(a netip.Addr) error {
	if a == s.Gateway {
		return invalidf("ip_address %s is the gateway of subnet %q: choose another", a, s.ID)
	}
	pool := ipam.Pool{Prefix: s.Prefix, Start: s.Start, End: s.End}
	if err := pool.Check(a); err != nil {
		return because(ErrInvalid, err, "ip_address %s is not usable in subnet %q: %v", a, s.ID, err)
	}
	return nil
}

// holdOpen finds and holds the addresses that the port leaves open.
func (s *seats) holdOpen(ctx context.Context, t *txn, x *seat) error {
	for i := range x.p.Addresses {
		a := &x.p.Addresses[i]
		if a.Address.IsValid() {
			continue
		}
		if a.Subnet = x.subnetOf(*a); a.Subnet == "" {
			return invalidf("logical network %q has no subnet that an address could come from: create one", x.network.ID)
		}
		subnet, err := t.openSubnet(x.network, a.Subnet)
		if err != nil {
			return err
		}
		if a.Address, err = s.holdFree(ctx, t, x.p.ID, subnet); err != nil {
			return err
		}
	}
	return x.p.checkFamilies()
}

func (p Port) checkFamilies() error {
	for i, a := range p.Addresses {
		for _, b := range p.Addresses[:i] {
			if a.Address.Is4() == b.Address.Is4() {
				return invalidf("%s and %s are of one family, a port has at most one address of each", b.Address, a.Address)
			}
		}
	}
	return nil
}

// firstSubnet is the network's first subnet of a family that the port has no
// address of yet: the lowest prefix, IPv4 before IPv6.
func (x *seat) firstSubnet() (first string) {
	for id, prefix := range x.network.Subnets {
		family := func(a Address) bool { return a.Address.IsValid() && a.Address.Is4() == prefix.Addr().Is4() }
		if slices.ContainsFunc(x.p.Addresses, family) {
			continue
		}
		if first == "" || prefix.Addr().Less(x.network.Subnets[first].Addr()) {
			first = id
		}
	}
	return first
}

// maxOffers bounds how often a port loses an address to another in one run.
const maxOffers = 32

// holdFree holds a free address. Who gets one that several try, the store
// decides; the others try the next.
func (s *seats) holdFree(ctx context.Context, t *txn, port string, subnet Subnet) (netip.Addr, error) {
	for range maxOffers {
		a, err := s.offer(ctx, offer{port: port, pool: subnet.Pool}, subnet)
		if err != nil {
			return a, err
		}
		err = ipam.Take(t.Tx, subnet.Pool, a, port, s.m.host)
		if !errors.Is(err, ipam.ErrTaken) {
			return a, err
		}
		s.m.allocator.Used(subnet.Pool, a)
		delete(s.offers, offer{port: port, pool: subnet.Pool})
	}
	return netip.Addr{}, faultf(ErrInUse, "others take the addresses of subnet %q all the time: try again", subnet.ID)
}

// offer is an address for a port that is probably free, the same in each run.
func (s *seats) offer(ctx context.Context, key offer, subnet Subnet) (netip.Addr, error) {
	if a, ok := s.offers[key]; ok {
		return a, nil
	}
	// What is offered once more is claimed by this transaction, and the store
	// does not know it yet. If there is no more than that, there is nothing.
	for repeated := 0; repeated <= len(s.offers); {
		a, err := s.m.allocator.Candidate(ctx, subnet.Pool)
		switch {
		case err != nil:
			return a, err
		case s.offered(subnet.Pool, a):
			repeated++
		case s.named(subnet, a):
			s.offers[offer{pool: subnet.Pool, named: a}] = a
		default:
			s.offers[key] = a
			return a, subnet.checkOffer(a)
		}
	}
	return netip.Addr{}, faultf(ErrExhausted, "subnet %q has no free address left: create a larger one, or delete ports", subnet.ID)
}

// checkOffer refuses a free address that is out of a range which is changing.
func (s Subnet) checkOffer(a netip.Addr) error {
	if err := s.checkAddress(a); err != nil {
		return because(ErrInUse, err, "subnet %q is being changed: try again", s.ID)
	}
	return nil
}

// offered tells whether this call was offered an address before.
func (s *seats) offered(pool string, a netip.Addr) bool {
	for key, other := range s.offers {
		if key.pool == pool && other == a {
			return true
		}
	}
	return false
}

// named tells whether a port of this call names an address itself.
func (s *seats) named(subnet Subnet, a netip.Addr) bool {
	return slices.ContainsFunc(s.all, func(x seat) bool { return slices.Contains(x.p.Addresses, Address{subnet.ID, a}) })
}

// unhold frees an address of a port.
func (t *txn) unhold(p Port, a Address) error {
	s, err := load[Subnet](t, KindSubnet, subnetKey(p.Network, a.Subnet), a.Subnet)
	if err != nil {
		return err
	}
	return ipam.Unhold(t.Tx, s.Pool, a.Address, p.ID)
}

func prefixesText(n Network) string {
	texts := []string{}
	for _, p := range n.Subnets {
		texts = append(texts, p.String())
	}
	if len(texts) == 0 {
		return "none"
	}
	slices.Sort(texts)
	return some(texts)
}
