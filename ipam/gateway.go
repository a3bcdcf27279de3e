package ipam

import (
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
)

// gateway answers a request for the gateway. A bound pool has one or has none;
// an unbound one gets it now.
func gateway(tx *kvstore.Tx, p Pool, c Claim) (netip.Addr, error) {
	switch {
	case p.Bound():
		return boundGateway(p, c.Address)
	case c.Address.IsValid():
		c.Kind = KindGateway
		return c.Address, request(tx, p, c)
	}
	c.Kind = KindAutoGateway
	return firstGateway(tx, p, c)
}

func boundGateway(p Pool, asked netip.Addr) (netip.Addr, error) {
	switch {
	case !p.Gateway.IsValid():
		return asked, invalidf("the network has no gateway")
	case asked.IsValid() && asked != p.Gateway:
		return asked, invalidf("the network's gateway is %s", p.Gateway)
	}
	return p.Gateway, nil
}

// firstGateway claims the first usable address of the prefix. It may lie before
// Range, so that Range stays for containers.
func firstGateway(tx *kvstore.Tx, p Pool, c Claim) (netip.Addr, error) {
	first, last := usable(p.Prefix)
	for c.Address = first; c.Address.IsValid() && !last.Less(c.Address); c.Address = c.Address.Next() {
		had, found, err := loadClaim(tx, p.ID, c.Address)
		if err != nil {
			return c.Address, err
		}
		if !found || had.Kind == KindAutoGateway {
			return c.Address, request(tx, p, c)
		}
	}
	return first, fmt.Errorf("%w: all addresses of %s are reserved, none is left for the gateway", ErrExhausted, p.Prefix)
}
