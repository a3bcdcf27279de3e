// Package dockerdriver is the Docker face of vlcp: Docker's network driver and
// IPAM driver, on one socket.
package dockerdriver

import (
	"context"

	"github.com/vlcp-go/vlcp/network"
)

// Driver is what Docker's calls need from below; *vlcp.Agent is one. Each call
// is idempotent: repeated, it gives the same answer and makes nothing twice.
type Driver interface {
	// CreateNetwork creates a logical network with its subnets. A network that
	// exists with the same id and the same content is no error.
	CreateNetwork(ctx context.Context, s network.Spec) (network.Network, error)
	// DeleteNetwork deletes a logical network with its subnets and pools. It is
	// refused with network.ErrInUse while it has ports; an absent network is no
	// error.
	DeleteNetwork(ctx context.Context, id string) error
	// Network reads a logical network and its subnets.
	Network(ctx context.Context, id string) (network.Spec, error)
	// Plug creates a port and its interface and plugs that into the bridge; it
	// does not wait for flows. On an error nothing is left.
	Plug(ctx context.Context, p network.Plug) (network.Attachment, error)
	// Ready waits until packets of the port are forwarded, and describes it.
	Ready(ctx context.Context, port string) (network.Attachment, error)
	// Unplug removes the port and its interface. Its addresses that were asked
	// of the IPAM stay claimed there. An absent port is no error.
	Unplug(ctx context.Context, port string) error
	// Ports lists the ports of a logical network.
	Ports(ctx context.Context, network string) ([]network.Port, error)
}
