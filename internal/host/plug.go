package host

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/vlcp-go/vlcp/internal/device"
	"github.com/vlcp-go/vlcp/netns"
	"github.com/vlcp-go/vlcp/network"
)

// Plug creates a port and its interface. On an error nothing is left, unless
// the port was there before.
func (h *Host) Plug(ctx context.Context, p network.Plug) (network.Attachment, error) {
	_, err := h.Model.Port(ctx, p.Port.ID)
	existed := err == nil
	ports, err := h.Model.CreatePorts(ctx, p.Port)
	if err != nil {
		return network.Attachment{}, err
	}
	a, err := h.attach(ctx, ports[0], p)
	if err != nil && !existed {
		err = errors.Join(err, h.Unplug(context.WithoutCancel(ctx), ports[0].ID))
	}
	return a, err
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
	return a, netns.Configure(ctx, p.Netns, a.Device, interfaceConfig(a, p.Interface))
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
