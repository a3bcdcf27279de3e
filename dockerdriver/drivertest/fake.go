package drivertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
)

// Host is the id of the host that a Fake is on.
const Host = "host1"

// Fake is a Driver in memory: the real model and IPAM over a store in memory,
// with interfaces that are nothing but names.
type Fake struct {
	Store kvstore.Store
	IPAM  *ipam.Allocator
	Model *network.Model

	mu      sync.Mutex
	devices map[string]string // by port
	made    int
}

// NewFake makes a Fake, and ends it by t.Cleanup.
func NewFake(t testing.TB) *Fake { return NewFakeOn(t, memory.New()) }

// NewFakeOn makes a Fake on a store, which it closes.
func NewFakeOn(t testing.TB, store kvstore.Store) *Fake { return NewFakeAt(t, store, Host) }

// NewFakeAt is NewFakeOn for one of several hosts.
func NewFakeAt(t testing.TB, store kvstore.Store, host string) *Fake {
	allocator := ipam.New(store, ipam.Config{Host: host})
	t.Cleanup(func() {
		if err := errors.Join(allocator.Close(), store.Close()); err != nil {
			t.Error(err)
		}
	})
	return &Fake{
		Store: store, IPAM: allocator, devices: map[string]string{},
		Model: network.New(network.Config{Store: store, Allocator: allocator, Host: host}),
	}
}

// CreateNetwork creates a logical network with its subnets.
func (f *Fake) CreateNetwork(ctx context.Context, s network.Spec) (network.Network, error) {
	made, err := f.Model.CreateNetworks(ctx, s)
	if err != nil {
		return network.Network{}, err
	}
	return made[0], nil
}

// DeleteNetwork deletes a logical network.
func (f *Fake) DeleteNetwork(ctx context.Context, id string) error {
	err := f.Model.DeleteNetworksAndSubnets(ctx, id)
	if errors.Is(err, network.ErrNotFound) {
		return nil
	}
	return err
}

// Network reads a logical network and its subnets.
func (f *Fake) Network(ctx context.Context, id string) (s network.Spec, err error) {
	if s.Network, err = f.Model.Network(ctx, id); err != nil {
		return s, err
	}
	s.Subnets, err = f.Model.Subnets(ctx, id)
	return s, err
}

// Plug creates a port, and gives its interface a name.
func (f *Fake) Plug(ctx context.Context, p network.Plug) (network.Attachment, error) {
	made, err := f.Model.CreatePorts(ctx, p.Port)
	if err != nil {
		return network.Attachment{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.devices[p.Port.ID] == "" {
		f.made++
		f.devices[p.Port.ID] = fmt.Sprintf("vlcp%d", f.made)
	}
	return f.describe(ctx, made[0])
}

// Ready describes a port.
func (f *Fake) Ready(ctx context.Context, port string) (network.Attachment, error) {
	p, err := f.Model.Port(ctx, port)
	if err != nil {
		return network.Attachment{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.describe(ctx, p)
}

func (f *Fake) describe(ctx context.Context, p network.Port) (a network.Attachment, err error) {
	a.Port, a.Device = p, f.devices[p.ID]
	if a.Network, err = f.Model.Network(ctx, p.Network); err != nil {
		return a, err
	}
	for _, address := range p.Addresses {
		s, err := f.Model.Subnet(ctx, address.Subnet)
		if err != nil {
			return a, err
		}
		a.Subnets = append(a.Subnets, s)
	}
	return a, nil
}

// Unplug removes a port.
func (f *Fake) Unplug(ctx context.Context, port string) error {
	err := f.Model.DeletePorts(ctx, port)
	if err != nil && !errors.Is(err, network.ErrNotFound) {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.devices, port)
	return nil
}

// Ports lists the ports of a logical network.
func (f *Fake) Ports(ctx context.Context, network string) ([]network.Port, error) {
	return f.Model.Ports(ctx, network)
}
