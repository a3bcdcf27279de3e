package ovstest

import (
	"context"
	"maps"
	"net"
	"slices"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

// Info implements [ovs.Switch].
func (f *Fake) Info(ctx context.Context) (ovs.Info, error) {
	end, err := f.begin(ctx, "read bridge")
	if err != nil {
		return ovs.Info{}, err
	}
	defer end()
	return ovs.Info{SystemID: "fake", Bridge: fakeBridge, Datapath: "netdev", Version: "0.0"}, nil
}

// Ports implements [ovs.Switch].
func (f *Fake) Ports(ctx context.Context) ([]ovs.Port, error) {
	end, err := f.begin(ctx, "read ports of")
	if err != nil {
		return nil, err
	}
	defer end()
	var list []ovs.Port
	for _, name := range slices.Sorted(maps.Keys(f.ports)) {
		p := f.ports[name]
		p.ExternalIDs, p.Options = maps.Clone(p.ExternalIDs), maps.Clone(p.Options)
		list = append(list, p)
	}
	return list, nil
}

// SetPorts implements [ovs.Switch].
func (f *Fake) SetPorts(ctx context.Context, c ovs.PortChanges) error {
	if err := bridge.CheckPorts(fakeBridge, c); err != nil {
		return err
	}
	end, err := f.begin(ctx, "set ports of")
	if err != nil {
		return err
	}
	defer end()
	if f.ports == nil {
		f.ports = map[string]ovs.Port{}
	}
	for _, p := range c.Add {
		f.setPort(p)
	}
	for _, name := range c.Delete {
		delete(f.ports, name)
	}
	f.hub.Notify(ovs.Event{Ports: true})
	return nil
}

func (f *Fake) setPort(spec ovs.PortSpec) {
	p, exists := f.ports[spec.Name]
	switch {
	case spec.OFPort != 0:
		p.OFPort = spec.OFPort
	case !exists:
		f.last++
		p.OFPort = f.last
	}
	p.Name, p.Type, p.MTU = spec.Name, spec.Type, 1500
	p.ExternalIDs, p.Options = maps.Clone(spec.ExternalIDs), maps.Clone(spec.Options)
	f.ports[spec.Name] = p
}

// Flows implements [ovs.Switch].
func (f *Fake) Flows(ctx context.Context, cookie, mask uint64) ([]ovs.Flow, error) {
	end, err := f.begin(ctx, "read flows of")
	if err != nil {
		return nil, err
	}
	defer end()
	var list []ovs.Flow
	for _, flow := range f.flows {
		if (flow.Cookie^cookie)&mask == 0 {
			list = append(list, flow)
		}
	}
	slices.SortFunc(list, ovs.CompareFlows)
	return list, nil
}

// Apply implements [ovs.Switch].
func (f *Fake) Apply(ctx context.Context, c ovs.Changes) error {
	end, err := f.begin(ctx, "apply flows to")
	if err != nil {
		return err
	}
	defer end()
	if f.flows == nil {
		f.flows, f.groups = map[string]ovs.Flow{}, map[uint32]ovs.GroupEntry{}
	}
	for _, g := range c.AddGroups {
		f.groups[g.ID] = g
	}
	for _, flow := range c.Add {
		f.flows[entry(flow)] = flow
	}
	for _, flow := range c.Delete {
		if e := entry(flow); f.flows[e].Cookie == flow.Cookie {
			delete(f.flows, e)
		}
	}
	for _, id := range c.DeleteGroups {
		delete(f.groups, id)
	}
	return nil
}

// entry is the same for flows of which one replaces the other.
func entry(f ovs.Flow) string {
	return ovs.Flow{Table: f.Table, Priority: f.Priority, Match: f.Match}.String()
}

// Send implements [ovs.Switch]: see [Fake.Sent].
func (f *Fake) Send(ctx context.Context, packets ...ovs.PacketOut) error {
	end, err := f.begin(ctx, "send packets through")
	if err != nil {
		return err
	}
	defer end()
	f.sent = append(f.sent, packets...)
	return nil
}

// Watch implements [ovs.Switch].
func (f *Fake) Watch(ctx context.Context, fn func(ovs.Event) error) error {
	return f.hub.Watch(ctx, fn)
}

// Close implements [ovs.Switch].
func (f *Fake) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = net.ErrClosed
	f.hub.Close()
	return nil
}
