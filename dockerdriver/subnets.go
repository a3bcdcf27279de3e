package dockerdriver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	dnet "github.com/docker/go-plugins-helpers/network"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

// spec is the logical network that Docker asks for. aux are the addresses that
// no container gets, by subnet; those in pools of ours are reserved already.
func (s *Server) spec(ctx context.Context, networkID string, o options, data []*dnet.IPAMData) (spec network.Spec, aux map[string][]netip.Addr, err error) {
	spec.Network = o.network
	spec.Network.ID = made(networkID).Network
	spec.Network.Owner = network.Owner{Face: face, Endpoint: networkID}
	spec.Router = o.router
	aux = map[string][]netip.Addr{}
	for _, d := range data {
		sub, err := s.subnet(ctx, d)
		if err != nil {
			return spec, nil, err
		}
		if !sub.Prefix.IsValid() {
			continue
		}
		sub.ID = subnetID(networkID, sub.Prefix, spec.Subnets)
		spec.Subnets = append(spec.Subnets, sub)
		if sub.Pool == "" && len(d.AuxAddresses) > 0 {
			if aux[sub.ID], err = auxAddresses(d); err != nil {
				return spec, nil, err
			}
		}
	}
	return spec, aux, o.place(spec.Subnets)
}

// subnet is what one IPAM pool of Docker becomes; its Prefix is zero where
// there is to be no subnet (--ipam-driver null).
func (s *Server) subnet(ctx context.Context, d *dnet.IPAMData) (sub network.Subnet, err error) {
	handle, err := netip.ParsePrefix(d.Pool)
	if err != nil {
		return sub, fmt.Errorf("the subnet %q of the network can't be read: %w", d.Pool, err)
	}
	if handle.Bits() == 0 {
		return sub, nil
	}
	if sub.Gateway, err = gatewayAddress(d.Gateway); err != nil {
		return sub, err
	}
	if !ours(d.AddressSpace) {
		sub.Prefix = handle
		sub.AutoGateway = sub.Gateway == handle.Masked().Addr().Next() // which is what Docker's own IPAM chooses
		return sub, checkMasked(handle)
	}
	pool, err := s.IPAM.FindPool(ctx, d.AddressSpace, handle)
	if errors.Is(err, ipam.ErrNotFound) {
		return sub, fmt.Errorf("the address pool %s was given up before the network took it: run `docker network create` again (with -o network=ID beside --ipam-opt network=ID): %w", handle.Masked(), err)
	}
	sub.Prefix, sub.Pool = pool.Prefix, pool.ID
	return sub, err
}

// gatewayAddress reads an address with a prefix length; "" and 0.0.0.0/0 are
// none.
func gatewayAddress(s string) (netip.Addr, error) {
	if s == "" {
		return netip.Addr{}, nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("the gateway %q can't be read: %w", s, err)
	}
	if p.Addr().IsUnspecified() {
		return netip.Addr{}, nil
	}
	return p.Addr(), nil
}

func checkMasked(p netip.Prefix) error {
	if p != p.Masked() {
		return fmt.Errorf("--subnet %s is an address in a subnet, not a subnet: use %s", p, p.Masked())
	}
	return nil
}

// subnetID names a subnet after the network and its place among those of its
// family: docker-<NetworkID>-subnet, -subnet-2; -subnet6, -subnet6-2.
func subnetID(networkID string, p netip.Prefix, before []network.Subnet) string {
	id := "docker-" + networkID + "-subnet"
	if p.Addr().Is6() {
		id += "6"
	}
	n := 1
	for _, s := range before {
		if s.Prefix.Addr().Is6() == p.Addr().Is6() {
			n++
		}
	}
	if n > 1 {
		id += "-" + strconv.Itoa(n)
	}
	return id
}

// auxAddresses are the addresses that the user keeps from the containers
// (--aux-address), where Docker's own IPAM knows them.
func auxAddresses(d *dnet.IPAMData) (all []netip.Addr, err error) {
	for _, name := range slices.Sorted(maps.Keys(d.AuxAddresses)) {
		text, _ := d.AuxAddresses[name].(string)
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("--aux-address %s=%v can't be read", name, d.AuxAddresses[name])
		}
		all = append(all, p.Addr())
	}
	return all, nil
}
