package netsync

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
)

// createTimeout bounds the making of one network: Docker makes three calls of
// the plugin, which take less than ten seconds each.
const createTimeout = time.Minute

// optionNetwork is -o and --ipam-opt network=ID.
const optionNetwork = "network"

// create makes a network that another host has. The store knows before, so that
// the plugin knows which one it is, and its logical network stays meanwhile.
func (s *Syncer) create(ctx context.Context, host, name string, claim record.Claim) error {
	ctx, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	err := s.beginMaking(ctx, host, name, claim)
	if errors.Is(err, record.ErrGone) {
		return nil
	}
	var made network.CreateResponse
	if err == nil {
		made, err = s.Docker.NetworkCreate(ctx, name, createOptions(s.driver(), claim))
	}
	if err == nil {
		own := record.Claim{Network: claim.Network, Host: host, NetworkID: made.ID}
		err = kvstore.Update(ctx, s.Plugin.Store, func(tx *kvstore.Tx) error { return own.Take(tx, name) })
	}
	err = errors.Join(err, s.endMaking(ctx, host))
	if err != nil {
		s.tell(name, "the network is not made on this host", "error", err)
		return err
	}
	s.quiet(name)
	s.log().Info("made a network of another host", "network", name, "host", claim.Host, "id", made.ID)
	return nil
}

// beginMaking is ErrGone where the claim is not there any more.
func (s *Syncer) beginMaking(ctx context.Context, host, name string, claim record.Claim) error {
	making := record.Making{Network: claim.Network, Name: name, Aux: claim.Spec.Reserved()}
	s.tidy = false
	return kvstore.Update(ctx, s.Plugin.Store, func(tx *kvstore.Tx) error {
		now, found, err := record.LoadClaim(tx, name)
		if err == nil && (!found || now.Network != claim.Network) {
			err = record.ErrGone
		}
		if err != nil {
			return err
		}
		return making.Save(tx, host)
	})
}

// endMaking ends what this host was making, unless that was done.
func (s *Syncer) endMaking(ctx context.Context, host string) error {
	if s.tidy {
		return nil
	}
	err := kvstore.Update(ctx, s.Plugin.Store, func(tx *kvstore.Tx) error { return record.EndMaking(tx, host) })
	s.tidy = err == nil
	return err
}

// createOptions are those with which a network was created where it was first,
// and to which logical network it belongs.
func createOptions(driver string, claim record.Claim) network.CreateOptions {
	spec, id := claim.Spec, claim.Network
	o := network.CreateOptions{
		Driver: driver, Options: with(spec.Options, id), Labels: spec.Labels,
		Internal: spec.Internal, Attachable: spec.Attachable, EnableIPv6: &spec.IPv6,
		IPAM: &network.IPAM{Driver: driver, Options: with(spec.IPAMOptions, id)},
	}
	if spec.NoIPv4 {
		o.EnableIPv4 = new(bool)
	}
	for _, sub := range spec.Subnets {
		o.IPAM.Config = append(o.IPAM.Config, network.IPAMConfig{Subnet: sub.Subnet, IPRange: sub.Range, Gateway: sub.Gateway, AuxAddress: sub.Aux})
	}
	return o
}

func with(options map[string]string, id string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, options)
	all[optionNetwork] = id
	return all
}
