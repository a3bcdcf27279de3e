package engine

import (
	"context"
	"maps"
	"strconv"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/ovs"
)

// The mark of a tunnel port that the engine made, in the external ids of its
// interface: such a port goes when no physical port asks for it any more.
const (
	markKey    = "vlcp"
	markUplink = "uplink"
)

// LocalIP is the option of a tunnel port that says where its packets are from, and
// to which address those are that it takes.
const LocalIP = "local_ip"

// makeTunnels adds the VXLAN ports that are meant to be here and are not, and
// brings those of its own up to date: they get the options of today, or go when
// nothing asks for them any more.
func (e *Engine) makeTunnels(ctx context.Context, meant map[string]string) {
	var c ovs.PortChanges
	wanted := map[string]bool{}
	for id, name := range meant {
		wanted[name] = true
		if e.facts.physical[id].Type != network.VXLAN {
			continue
		}
		spec := e.tunnelPort(name)
		if p, exists := e.facts.ports[name]; !exists || IsOwnTunnel(p) && !maps.Equal(p.Options, spec.Options) {
			c.Add = append(c.Add, spec)
		}
	}
	for name, p := range e.facts.ports {
		if IsOwnTunnel(p) && !wanted[name] {
			c.Delete = append(c.Delete, name)
		}
	}
	if len(c.Add)+len(c.Delete) == 0 {
		return
	}
	if err := e.Switch.SetPorts(ctx, c); err != nil {
		e.failed(ctx, "tunnel ports not set", err)
	}
}

// IsOwnTunnel tells whether a port is a tunnel port that an engine made.
func IsOwnTunnel(p ovs.Port) bool { return p.ExternalIDs[markKey] == markUplink }

func (e *Engine) tunnelPort(name string) ovs.PortSpec {
	options := map[string]string{"remote_ip": "flow", "key": "flow", "dst_port": strconv.Itoa(int(e.VXLANPort))}
	if e.TunnelIP.IsValid() && !e.bothFamilies() {
		options[LocalIP] = e.TunnelIP.String()
	}
	return ovs.PortSpec{
		Name:        name,
		Type:        "vxlan",
		Options:     options,
		ExternalIDs: map[string]string{markKey: markUplink},
	}
}

// bothFamilies tells whether another host has a tunnel address of the other
// family than this one. A port with an address of its own is for that family alone;
// without, it is for both, and the host's routes say where its packets are from.
func (e *Engine) bothFamilies() bool {
	for _, tunnel := range e.facts.tunnels {
		if tunnel.Is4() != e.TunnelIP.Is4() {
			return true
		}
	}
	return false
}
