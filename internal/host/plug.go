package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/vlcp-go/vlcp/internal/device"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// undoTimeout bounds how long a call that failed undoes what it did.
const undoTimeout = 5 * time.Second

// Plug creates a port and its interface. On an error nothing is left, unless
// the port was there before.
func (h *Host) Plug(ctx context.Context, p network.Plug) (network.Attachment, error) {
	p.Port.Owner = h.ownerHere(p.Port.Owner)
	p.Port.Location = network.Location{Host: h.ID, Epoch: 1}
	old, err := h.Model.Port(ctx, p.Port.ID)
	existed := err == nil
	if err != nil && !errors.Is(err, network.ErrNotFound) {
		return network.Attachment{}, err
	}
	port, err := h.createPort(ctx, p.Port, old)
	var a network.Attachment
	if err == nil {
		a, err = h.attach(ctx, port, p)
	} else if !errors.Is(err, kvstore.ErrUnknown) {
		return a, err
	}
	if err != nil && !existed {
		err = errors.Join(err, h.undoPlug(ctx, cmp.Or(port.ID, p.Port.ID)))
	}
	return a, err
}

// createPort creates a port. One that the same owner created before this host
// was booted becomes one of today.
func (h *Host) createPort(ctx context.Context, want, old network.Port) (network.Port, error) {
	owner := want.Owner
	want.Owner = sinceBoot(owner, old.Owner)
	ports, err := h.Model.CreatePorts(ctx, want)
	if err == nil && want.Owner != owner {
		ports, err = h.Model.UpdatePorts(ctx, network.Change[network.Port]{ID: want.ID, Edit: func(p *network.Port) error {
			p.Owner = owner
			return nil
		}})
	}
	if err != nil {
		return network.Port{}, err
	}
	return ports[0], nil
}

func (h *Host) undoPlug(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	if err := h.Unplug(ctx, id); err != nil {
		return fmt.Errorf("and the port was not removed again: %w", err)
	}
	return nil
}

// attach makes the interface of a port, and configures it where its namespace
// is known.
func (h *Host) attach(ctx context.Context, port network.Port, p network.Plug) (network.Attachment, error) {
	a, err := h.describe(ctx, port)
	if err != nil {
		return a, err
	}
	mac, err := net.ParseMAC(port.MAC)
	if err != nil {
		return a, err
	}
	if err := h.devices.Add(ctx, device.Spec{Port: port.ID, MAC: mac, MTU: a.Network.MTU, Netns: p.Netns}); err != nil {
		return a, err
	}
	if p.Netns == "" {
		return a, nil
	}
	return a, netns.Configure(ctx, p.Netns, a.Device, interfaceConfig(a, cmp.Or(p.Interface, "eth0")))
}

// Ready waits until packets of a port are forwarded, and describes it.
func (h *Host) Ready(ctx context.Context, id string) (network.Attachment, error) {
	port, err := h.Model.Port(ctx, id)
	if err != nil {
		return network.Attachment{}, err
	}
	if err := h.engine.WaitPort(ctx, id); err != nil {
		return network.Attachment{}, err
	}
	return h.describe(ctx, port)
}

// Unplug removes a port and, soon after, its interface.
func (h *Host) Unplug(ctx context.Context, id string) error {
	h.devices.Remove(id)
	if err := h.Model.DeletePorts(ctx, id); !errors.Is(err, network.ErrNotFound) {
		return err
	}
	return nil
}

// describe gathers what belongs to a port.
func (h *Host) describe(ctx context.Context, port network.Port) (network.Attachment, error) {
	spec, err := h.Network(ctx, port.Network)
	if err != nil {
		return network.Attachment{}, err
	}
	container, _ := h.devices.Names(port.ID)
	a := network.Attachment{Port: port, Network: spec.Network, Device: container}
	for _, address := range port.Addresses {
		s, found := subnetByID(spec.Subnets, address.Subnet)
		if !found {
			return a, fmt.Errorf("subnet %s of port %s: %w", address.Subnet, port.ID, network.ErrNotFound)
		}
		a.Subnets = append(a.Subnets, s)
	}
	return a, nil
}

func subnetByID(subnets []network.Subnet, id string) (network.Subnet, bool) {
	for _, s := range subnets {
		if s.ID == id {
			return s, true
		}
	}
	return network.Subnet{}, false
}
