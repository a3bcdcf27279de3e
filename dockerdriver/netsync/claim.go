package netsync

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"strings"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/versions"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
)

// take has the name of a network stand for it on all hosts, or finds that it
// does.
func (s *Syncer) take(ctx context.Context, host string, n network.Summary, rec record.Network) error {
	claim := record.Claim{Network: rec.Network, Host: host, NetworkID: n.ID, Spec: s.spec(n)}
	err := kvstore.Update(ctx, s.Plugin.Store, func(tx *kvstore.Tx) error { return claim.Take(tx, n.Name) })
	switch {
	case errors.Is(err, record.ErrTaken), errors.Is(err, record.ErrGone):
		return nil // the next pass knows
	case err != nil:
		s.tell(n.Name, "the network stays on this host for now", "error", err)
		return err
	}
	s.log().Debug("the network is for all hosts", "network", n.Name, "id", n.ID)
	return nil
}

// spec is how to make a network elsewhere.
func (s *Syncer) spec(n network.Summary) record.Spec {
	spec := record.Spec{
		Options: without(n.Options), Labels: n.Labels, IPAMOptions: without(n.IPAM.Options),
		Internal: n.Internal, Attachable: n.Attachable, IPv6: n.EnableIPv6,
		NoIPv4: !n.EnableIPv4 && s.tellsIPv4(),
	}
	for _, c := range n.IPAM.Config {
		spec.Subnets = append(spec.Subnets, record.Subnet{Subnet: c.Subnet, Range: c.IPRange, Gateway: gateway(c.Gateway), Aux: c.AuxAddress})
	}
	return spec
}

// gateway is what a network's gateway has to be elsewhere. Docker 20.10 shows one of
// IPv6 with its length, and all of them show 0.0.0.0 for none, which Docker 29 refuses.
func gateway(shown string) string {
	shown, _, _ = strings.Cut(shown, "/")
	if a, err := netip.ParseAddr(shown); err == nil && a.IsUnspecified() {
		return ""
	}
	return shown
}

// without leaves out the options that say to which logical network it belongs.
func without(options map[string]string) map[string]string {
	options = maps.Clone(options)
	delete(options, record.OptionNetwork)
	delete(options, record.OptionSynced)
	return options
}

// tellsIPv4 tells whether Docker knows networks without IPv4: since Docker 28.
func (s *Syncer) tellsIPv4() bool {
	return versions.GreaterThanOrEqualTo(s.Docker.ClientVersion(), "1.48")
}
