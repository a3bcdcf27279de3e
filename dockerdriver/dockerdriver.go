// Package dockerdriver is the Docker face of vlcp: Docker's network driver and
// IPAM driver, on one socket.
//
// [Server] speaks the plugin protocol of dockerd 20.10 to 29, and asks for all
// it does of a [Driver] (networks, ports) and an ipam.IPAM (addresses).
// [Listen] makes the socket. The files, from Docker down:
//
//	listen.go     the socket
//	serve.go      running
//	handler.go    a call: its limits, its log line, its errors
//	routes.go     which calls there are
//	pools.go      the IPAM driver
//	networks.go   network create; options.go reads -o, attach.go is -o network
//	removal.go    network rm, and when a logical network goes
//	endpoints.go  endpoints; join.go says how a container's interface is set up
//	record.go     what a NetworkID of Docker stands for
//	later.go      deletes that are finished after Docker was told they are
//
// What Docker does with the answers was measured on dockerd 20.10.24 and
// 29.7.2; rules that come from there say "Docker …".
//
// Package drivertest has the suite that any Driver passes, and a Driver in
// memory.
package dockerdriver

import (
	"context"
	"log/slog"
	"sync"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// Driver is what Docker's calls need from below; *vlcp.Agent is one. Each call
// is idempotent: repeated, it gives the same answer and makes nothing twice.
// Errors match the sentinels of network, ipam and kvstore.
type Driver interface {
	// CreateNetwork creates a logical network with its subnets. A network that
	// exists with the same id and the same content is no error; with another
	// content it is network.ErrExists.
	CreateNetwork(ctx context.Context, s network.Spec) (network.Network, error)
	// DeleteNetwork deletes a logical network with its subnets and pools. It is
	// refused with network.ErrInUse while it has ports, or is a static route's
	// way; an absent network is no error.
	DeleteNetwork(ctx context.Context, id string) error
	// Network reads a logical network and its subnets; network.ErrNotFound.
	Network(ctx context.Context, id string) (network.Spec, error)
	// Plug creates a port and its interface and plugs that into the bridge; it
	// does not wait for flows. On an error nothing is left. network.ErrInUse
	// for an address (ipam.ErrTaken too) or a MAC that another port has;
	// network.ErrInvalid, for an address that the subnet does not give to ports
	// with ipam.ErrOutside; network.ErrNotFound for the network.
	Plug(ctx context.Context, p network.Plug) (network.Attachment, error)
	// Ready waits until packets of the port are forwarded, and describes it;
	// network.ErrNotFound.
	Ready(ctx context.Context, port string) (network.Attachment, error)
	// Unplug removes the port and its interface. Its addresses that were asked
	// of the IPAM stay claimed there. An absent port is no error.
	Unplug(ctx context.Context, port string) error
	// Ports lists the ports of a logical network.
	Ports(ctx context.Context, network string) ([]network.Port, error)
}

// Scopes and ways of choosing a default gateway.
const (
	ScopeLocal  = "local"  // each dockerd has networks of its own
	ScopeGlobal = "global" // dockerds that share a cluster store (20.10) share their networks

	GatewayAuto   = "auto"   // only a gateway that the user named is a container's default route
	GatewayAlways = "always" // one that was chosen automatically, too
)

// face is this face to the model: the owner of what Docker makes.
const face = "docker"

// Server is Docker's network driver and IPAM driver.
type Server struct {
	Driver Driver
	IPAM   ipam.IPAM
	Store  kvstore.Store // keeps over restarts what NetworkIDs stand for; nil: they are forgotten
	// Host tells the id of this host, under which those records are kept; nil: a
	// host that shares its store with no other.
	Host func(context.Context) (string, error)

	Scope          string       // ScopeLocal, or ScopeGlobal; "": local
	DefaultGateway string       // GatewayAuto, or GatewayAlways; "": auto
	Log            *slog.Logger // nil: nothing is logged

	records   cache[record.Network]     // by NetworkID
	endpoints cache[network.Attachment] // by EndpointID: those of this host that this process saw
	later     later
	once      sync.Once
}
