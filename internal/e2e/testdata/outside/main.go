// Outside is a program of another module that embeds an Agent, on the memory
// store and a switch of its own.
package main

import (
	"context"
	"fmt"
	"log"
	"net/netip"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp"
	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	bridge := &fakeSwitch{flows: map[uint64]ovs.Flow{}}
	agent := &vlcp.Agent{Store: memory.New(), Switch: bridge}
	go agent.Run(ctx)
	if err := plug(ctx, agent); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready with flows:", bridge.count() > 0)
}

func plug(ctx context.Context, agent *vlcp.Agent) error {
	_, err := agent.CreateNetwork(ctx, network.Spec{
		Network: network.Network{ID: "blue"},
		Subnets: []network.Subnet{{ID: "blue4", Prefix: netip.MustParsePrefix("10.1.0.0/24")}},
	})
	if err != nil {
		return err
	}
	model, err := agent.Model(ctx)
	if err != nil {
		return err
	}
	port := network.Port{ID: "web", Network: "blue", Addresses: []network.Address{{Subnet: "blue4"}}}
	if _, err := model.CreatePorts(ctx, port); err != nil {
		return err
	}
	a, err := agent.Ready(ctx, "web")
	if err != nil {
		return err
	}
	fmt.Println("address:", a.Port.Addresses[0].Address)
	return nil
}

// fakeSwitch has one port, for the logical port "web".
type fakeSwitch struct {
	mu    sync.Mutex
	flows map[uint64]ovs.Flow
}

func (f *fakeSwitch) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.flows)
}

func (f *fakeSwitch) Info(context.Context) (ovs.Info, error) {
	return ovs.Info{SystemID: "outside", Bridge: "fake0", Datapath: "netdev"}, nil
}

func (f *fakeSwitch) Ports(context.Context) ([]ovs.Port, error) {
	return []ovs.Port{{Name: "eth0", OFPort: 7, ExternalIDs: map[string]string{"iface-id": "web"}}}, nil
}

func (f *fakeSwitch) SetPorts(context.Context, ovs.PortChanges) error { return nil }

func (f *fakeSwitch) Flows(context.Context, uint64, uint64) ([]ovs.Flow, error) { return nil, nil }

func (f *fakeSwitch) Apply(_ context.Context, c ovs.Changes) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, flow := range c.Add {
		f.flows[flow.Cookie] = flow
	}
	for _, flow := range c.Delete {
		delete(f.flows, flow.Cookie)
	}
	return nil
}

func (f *fakeSwitch) Send(context.Context, ...ovs.PacketOut) error { return nil }

func (f *fakeSwitch) Watch(ctx context.Context, fn func(ovs.Event) error) error {
	if err := fn(ovs.Event{Ports: true, Flows: true}); err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

func (f *fakeSwitch) Close() error { return nil }
