package dockerdriver

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	dnet "github.com/docker/go-plugins-helpers/network"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

// createNetwork makes a logical network, or attaches to one.
func (s *Server) createNetwork(ctx context.Context, req dnet.CreateNetworkRequest) (empty, error) {
	o, err := parseOptions(req.Options)
	if err != nil {
		return empty{}, err
	}
	data := slices.DeleteFunc(slices.Concat(req.IPv4Data, req.IPv6Data), func(d *dnet.IPAMData) bool { return d == nil })
	if o.attach != "" {
		return empty{}, s.attach(ctx, req.NetworkID, o, data)
	}
	return empty{}, s.makeNetwork(ctx, req.NetworkID, o, data)
}

func (s *Server) makeNetwork(ctx context.Context, networkID string, o options, data []*dnet.IPAMData) error {
	rec := made(networkID)
	rec.Internal = o.internal
	spec, aux, err := s.spec(ctx, networkID, o, data)
	if errors.Is(err, ipam.ErrNotFound) && s.exists(ctx, rec.Network) {
		return nil // a repeated call: the network took its pool already
	}
	if err != nil {
		return err
	}
	if err := s.remember(ctx, networkID, rec); err != nil {
		return err
	}
	if _, err = s.Driver.CreateNetwork(ctx, spec); err == nil {
		err = s.reserve(ctx, rec.Network, aux)
	}
	if err != nil && !errors.Is(err, network.ErrExists) {
		s.do(ctx, s.removal("CreateNetwork", networkID)) // Docker won't ask for it
	}
	return err
}

func (s *Server) exists(ctx context.Context, id string) bool {
	_, err := s.Driver.Network(ctx, id)
	return err == nil
}

// reserve keeps addresses from being given to anybody, by subnet.
func (s *Server) reserve(ctx context.Context, id string, aux map[string][]netip.Addr) error {
	if len(aux) == 0 {
		return nil
	}
	spec, err := s.Driver.Network(ctx, id)
	if err != nil {
		return err
	}
	for _, sub := range spec.Subnets {
		for _, a := range aux[sub.ID] {
			_, err := s.IPAM.RequestAddress(ctx, sub.Pool, ipam.AddressRequest{Address: a, Reserve: true})
			if err != nil && !errors.Is(err, ipam.ErrOutside) { // outside, nobody gets it anyway
				return fmt.Errorf("--aux-address %s: %w", a, err)
			}
		}
	}
	return nil
}

// deleteNetwork ends what a NetworkID stands for.
func (s *Server) deleteNetwork(ctx context.Context, req dnet.DeleteNetworkRequest) (empty, error) {
	s.do(ctx, s.removal("DeleteNetwork", req.NetworkID))
	return empty{}, nil
}

// removal deletes the logical network that CreateNetwork made, and the record.
func (s *Server) removal(call, networkID string) *job {
	inUse := false
	return &job{call: call, id: networkID, run: func(ctx context.Context) error {
		rec, err := s.recall(ctx, networkID)
		if err != nil {
			return err
		}
		if !rec.Attached && !isSwarm(networkID) {
			err = s.deleteUnused(ctx, rec.Network, &inUse)
		}
		if err != nil {
			return err
		}
		return s.forget(ctx, networkID)
	}}
}

// deleteUnused deletes a logical network. One that was in use before, by what
// is not Docker's here, it looks at first: an attempt would keep new ports out
// for a moment.
func (s *Server) deleteUnused(ctx context.Context, id string, inUse *bool) error {
	if *inUse {
		ports, err := s.Driver.Ports(ctx, id)
		if err != nil {
			return err
		}
		if len(ports) > 0 {
			return network.ErrInUse
		}
	}
	err := s.Driver.DeleteNetwork(ctx, id)
	*inUse = errors.Is(err, network.ErrInUse)
	return err
}

// freeNetwork ends a network of a Swarm, on its manager.
func (s *Server) freeNetwork(ctx context.Context, req dnet.FreeNetworkRequest) (empty, error) {
	inUse := false
	s.do(ctx, &job{call: "FreeNetwork", id: req.NetworkID, run: func(ctx context.Context) error {
		return s.deleteUnused(ctx, made(req.NetworkID).Network, &inUse)
	}})
	return empty{}, nil
}

// isSwarm tells the networks of a Swarm, whose ids have 25 letters and digits:
// a node deletes them when its last task goes, and the others go on.
func isSwarm(networkID string) bool { return len(networkID) == 25 }

// attach makes a NetworkID stand for a logical network that exists.
func (s *Server) attach(ctx context.Context, networkID string, o options, data []*dnet.IPAMData) error {
	spec, err := s.Driver.Network(ctx, o.attach)
	if err != nil {
		return fmt.Errorf("-o network=%s: %w", o.attach, err)
	}
	for _, d := range data {
		if err := s.checkAttached(ctx, spec, d); err != nil {
			return err
		}
	}
	return s.remember(ctx, networkID, record{Network: o.attach, Attached: true, Internal: o.internal})
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
