package dockerdriver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	dnet "github.com/docker/go-plugins-helpers/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// attach makes a NetworkID stand for a logical network that exists.
func (s *Server) attach(ctx context.Context, networkID string, o options, data []*dnet.IPAMData) error {
	spec, err := s.Driver.Network(ctx, o.attach)
	if err != nil {
		return fmt.Errorf("-o network=%s: %w", o.attach, err)
	}
	if o.further && !o.synced {
		return fmt.Errorf("-o network=%s: the logical network exists and is used as it is, leave the other -o options out", o.attach)
	}
	for _, d := range data {
		if err := s.checkAttached(ctx, spec, d); err != nil {
			return err
		}
	}
	return s.rememberAttached(ctx, networkID, record.Network{Network: o.attach, Attached: true, Internal: o.internal}, o.synced)
}

// rememberAttached is remember of a network that existed; it must exist still.
func (s *Server) rememberAttached(ctx context.Context, networkID string, rec record.Network, synced bool) error {
	err := s.remember(ctx, networkID, rec, synced)
	if err == nil {
		if _, err = s.Driver.Network(ctx, rec.Network); errors.Is(err, network.ErrNotFound) {
			err = errors.Join(err, s.forget(ctx, networkID))
		}
	}
	if err != nil {
		return fmt.Errorf("-o network=%s: %w", rec.Network, err)
	}
	return nil
}

// making is what the network sync of this host is making.
func (s *Server) making(ctx context.Context) (m record.Making, err error) {
	err = s.update(ctx, func(tx *kvstore.Tx, host string) error {
		if m, err = record.LoadMaking(tx, host); m.Abandoned {
			m = record.Making{}
		}
		return err
	})
	return m, err
}

// isMade tells whether an address is one of those (--aux-address) that a
// network has already which the network sync of this host is making.
func (s *Server) isMade(ctx context.Context, pool string, a netip.Addr) (netip.Prefix, bool) {
	making, err := s.making(ctx)
	if err != nil || !slices.Contains(making.Aux, a) {
		return netip.Prefix{}, false
	}
	spec, err := s.Driver.Network(ctx, making.Network)
	i := slices.IndexFunc(spec.Subnets, func(sub network.Subnet) bool { return sub.Pool == pool })
	if err != nil || i < 0 {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, spec.Subnets[i].Prefix.Bits()), true
}

// checkAttached refuses a subnet whose addresses would not come from the
// network that it is to be attached to.
func (s *Server) checkAttached(ctx context.Context, spec network.Spec, d *dnet.IPAMData) error {
	prefix, err := netip.ParsePrefix(d.Pool)
	if err != nil || prefix.Bits() == 0 {
		return err
	}
	id := spec.Network.ID
	if !slices.ContainsFunc(spec.Subnets, func(sub network.Subnet) bool { return sub.Prefix == prefix.Masked() }) {
		return fmt.Errorf("-o network=%s: it has no subnet %s, give one of its own as --subnet (%s)", id, prefix.Masked(), prefixes(spec.Subnets))
	}
	if !ours(d.AddressSpace) {
		return nil
	}
	_, err = s.IPAM.FindPool(ctx, d.AddressSpace, prefix)
	switch {
	case errors.Is(err, ipam.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("-o network=%s: say --ipam-opt network=%s too, so that its addresses come from there", id, id)
}
