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

// create makes a network that another host has. The store knows before, so that
// the plugin knows which one it is, and its logical network stays meanwhile.
func (s *Syncer) create(ctx context.Context, st state, name string) error {
	claim := st.claims[name]
	ctx, cancel := context.WithTimeout(ctx, createTimeout)
	defer cancel()
	made, err := s.make(ctx, st.host, name, claim)
	if err != nil {
		err = errors.Join(err, s.abandonMaking(ctx, st.host))
	}
	switch {
	case errors.Is(err, record.ErrGone):
		return nil // the next pass knows
	case err != nil:
		s.tell(name, "the network is not made on this host", "error", err)
		return err
	}
	s.quiet(name)
	if st.had(name) {
		s.log().Warn("a network was gone from Docker, nobody is known to have removed it, and it is made again: if it was to go, remove it once more", "network", name, "id", made)
	} else {
		s.log().Info("made a network of another host", "network", name, "host", claim.Host, "id", made)
	}
	return nil
}

// had tells whether this host's Docker had a network of all hosts that it has no more.
func (st state) had(name string) bool {
	for _, rec := range st.records {
		if rec.Name == name && rec.Network == st.claims[name].Network && !rec.Removed {
			return true
		}
	}
	return false
}

func (s *Syncer) make(ctx context.Context, host, name string, claim record.Claim) (networkID string, err error) {
	if err := s.beginMaking(ctx, host, name, claim); err != nil {
		return "", err
	}
	made, err := s.Docker.NetworkCreate(ctx, name, createOptions(s.driver(), claim))
	if err != nil {
		return "", err
	}
	gone := false
	err = kvstore.Update(ctx, s.Plugin.Store, func(tx *kvstore.Tx) (err error) {
		gone, err = record.Made(tx, host, made.ID)
		return err
	})
	if err == nil && gone {
		err = record.ErrGone
	}
	s.tidy = err == nil
	return made.ID, err
}

// beginMaking is ErrGone where the claim is not there any more.
func (s *Syncer) beginMaking(ctx context.Context, host, name string, claim record.Claim) error {
	if err := s.abandonMaking(ctx, host); err != nil {
		return err
	}
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

// abandonMaking ends what this host was making, unless that was done.
func (s *Syncer) abandonMaking(ctx context.Context, host string) error {
	if s.tidy {
		return nil
	}
	var making record.Making
	err := kvstore.Update(ctx, s.Plugin.Store, func(tx *kvstore.Tx) (err error) {
		making, err = record.AbandonMaking(tx, host)
		return err
	})
	if err == nil && making.Network != "" {
		err = s.Plugin.NetworkUnused(ctx, making.Network)
	}
	if err == nil {
		err = kvstore.Update(ctx, s.Plugin.Store, func(tx *kvstore.Tx) error { return record.EndMaking(tx, host) })
	}
	s.tidy = err == nil
	return err
}

// createOptions are those with which a network was created where it was first,
// and to which logical network it belongs.
func createOptions(driver string, claim record.Claim) network.CreateOptions {
	spec, id := claim.Spec, claim.Network
	belongs := map[string]string{record.OptionNetwork: id}
	o := network.CreateOptions{
		Driver: driver, Options: with(spec.Options, belongs), Labels: spec.Labels,
		Internal: spec.Internal, Attachable: spec.Attachable, EnableIPv6: &spec.IPv6,
		IPAM: &network.IPAM{Driver: driver, Options: with(spec.IPAMOptions, belongs)},
	}
	o.Options[record.OptionSynced] = "true"
	if spec.NoIPv4 {
		o.EnableIPv4 = new(bool)
	}
	for _, sub := range spec.Subnets {
		o.IPAM.Config = append(o.IPAM.Config, network.IPAMConfig{Subnet: sub.Subnet, IPRange: sub.Range, Gateway: sub.Gateway, AuxAddress: sub.Aux})
	}
	return o
}

func with(options, more map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, options)
	maps.Copy(all, more)
	return all
}
