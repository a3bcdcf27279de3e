// Embed runs an Agent inside another program, without Docker: it makes a
// network and plugs the network namespaces named on the command line into it,
// until it is interrupted.
//
//	ip netns add a; ip netns add b
//	embed a b &
//	ip netns exec a ping 10.7.0.3
package main

import (
	"context"
	"log"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"sync"

	"github.com/vlcp-go/vlcp"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
	"github.com/vlcp-go/vlcp/ovs/ovsdb"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, namespaces []string) error {
	bridge, err := ovsdb.Open(ctx, ovs.BridgeSpec{Name: "embed0"})
	if err != nil {
		return err
	}
	defer bridge.Close()
	agent := &vlcp.Agent{Store: memory.New(), Switch: bridge}
	life, end := context.WithCancel(context.WithoutCancel(ctx)) // it outlives the interrupt: interfaces are to be removed
	var running sync.WaitGroup
	running.Go(func() {
		if err := agent.Run(life); life.Err() == nil {
			log.Print(err)
		}
	})
	defer running.Wait()
	defer end()

	blue := network.Subnet{ID: "blue-subnet", Prefix: netip.MustParsePrefix("10.7.0.0/24"), Gateway: netip.MustParseAddr("10.7.0.1")}
	spec := network.Spec{Network: network.Network{ID: "blue"}, Subnets: []network.Subnet{blue}}
	if _, err := agent.CreateNetwork(ctx, spec); err != nil {
		return err
	}
	for _, name := range namespaces {
		if err := plug(ctx, agent, name); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return unplug(context.WithoutCancel(ctx), agent, namespaces)
}

func plug(ctx context.Context, agent *vlcp.Agent, name string) error {
	port := network.Port{ID: name, Network: "blue", Addresses: []network.Address{{Subnet: "blue-subnet"}}}
	if _, err := agent.Plug(ctx, network.Plug{Port: port, Netns: filepath.Join("/run/netns", name)}); err != nil {
		return err
	}
	a, err := agent.Ready(ctx, name)
	if err == nil {
		log.Printf("%s has %s", name, a.Port.Addresses[0].Address)
	}
	return err
}

func unplug(ctx context.Context, agent *vlcp.Agent, names []string) error {
	for _, name := range names {
		if err := agent.Unplug(ctx, name); err != nil {
			return err
		}
	}
	return agent.DeleteNetwork(ctx, "blue")
}
