package netsync_test

import (
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	vlcp "github.com/vlcp-go/vlcp/network"
)

func TestCreateAndRemove(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2", "h3")
		all[0].create("n1")
		c.settle()
		c.have(all, "n1")
		c.same(all, "n1")
		if n, err := all[2].fake.Network(t.Context(), all[0].logical("n1")); err != nil || n.Network.Meta["docker_name"] != "n1" {
			t.Errorf("the logical network says %v, %v", n.Network.Meta, err)
		}
		all[1].rm("n1")
		c.settle()
		c.have(all)
		c.left()
	})
}

// What was created is created elsewhere, whichever Docker there is.
func TestEverythingIsTheSame(t *testing.T) {
	for name, change := range map[string]func(*network.CreateRequest){
		"nothing said": func(r *network.CreateRequest) { r.IPAM.Config = nil },
		"all of it": func(r *network.CreateRequest) {
			yes := true
			r.Internal, r.Attachable, r.EnableIPv6 = true, true, &yes
			r.Options = map[string]string{"mtu": "1400", "color": "red", "subnet:disablegateway": "`True`"}
			r.Labels = map[string]string{"team": "blue", "empty": ""}
			r.IPAM.Options = map[string]string{"level": "7"}
			r.IPAM.Config = []network.IPAMConfig{
				{Subnet: "192.168.1.0/24", Gateway: "192.168.1.254", IPRange: "192.168.1.128/25", AuxAddress: map[string]string{"dns": "192.168.1.5", "far": "192.168.1.200"}},
				{Subnet: "fd00:1::/64", Gateway: "fd00:1::9"},
				{Subnet: "192.168.2.0/24"},
			}
		},
		"no IPv4": func(r *network.CreateRequest) {
			r.EnableIPv4 = new(bool)
			r.IPAM.Config = []network.IPAMConfig{{Subnet: "fd00:1::/64"}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(c *hosts) {
				all := []*host{c.host("h1", "1.51"), c.host("h2", "1.51")}
				for _, h := range all {
					h.again()
				}
				all[0].create("n1", change)
				c.settle()
				c.have(all, "n1")
				a, b := all[0].network("n1"), all[1].network("n1")
				id := all[0].logical("n1")
				if b.Options["network"] != id || b.IPAM.Options["network"] != id {
					t.Errorf("it belongs to %q and %q, want %q", b.Options["network"], b.IPAM.Options["network"], id)
				}
				delete(b.Options, "network")
				delete(b.Options, "synced")
				delete(b.IPAM.Options, "network")
				if diff := cmp.Diff(a, b, cmpopts.IgnoreFields(network.Inspect{}, "ID"), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("(-here +there)\n%s", diff)
				}
				all[1].rm("n1")
				c.settle()
				c.have(all)
				c.left()
			})
		})
	}
}

// Docker 20.10 does not say that it has IPv4, and shows the gateway of an
// automatic IPv6 subnet with its length.
func TestDocker20(t *testing.T) {
	run(t, func(c *hosts) {
		old, young := c.host("h1", "1.41"), c.host("h2", "1.51")
		old.docker.show = func(n *network.Inspect) {
			n.EnableIPv4 = false
			for i := range n.IPAM.Config {
				if strings.Contains(n.IPAM.Config[i].Subnet, ":") {
					n.IPAM.Config[i].Gateway += "/64"
				}
			}
		}
		old.again()
		young.again()
		old.create("n1", func(r *network.CreateRequest) {
			r.IPAM.Config = append(r.IPAM.Config, network.IPAMConfig{Subnet: "fd00:1::/64"})
		})
		young.create("n2")
		c.settle()
		c.have([]*host{old, young}, "n1", "n2")
		if n := young.network("n1"); !n.EnableIPv4 || n.IPAM.Config[1].Gateway != "fd00:1::1" {
			t.Errorf("made %+v", n)
		}
	})
}

// Docker shows 0.0.0.0 for no gateway, and Docker 29 refuses to be told that.
func TestNoGateway(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].logicalNetwork("net1", func(s *vlcp.Subnet) { s.Gateway = netip.Addr{} })
		all[0].create("n1", attachedTo("net1"))
		c.settle()
		c.have(all, "n1")
		if shown := all[0].network("n1").IPAM.Config[0].Gateway; shown != "0.0.0.0" {
			t.Errorf("Docker shows the gateway %q", shown)
		}
	})
}

func TestNameConflict(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2", "h3")
		all[1].stop()
		all[1].startPlugin()
		all[0].create("n1")
		all[1].create("n1")
		c.settle()
		all[1].startSync()
		c.later()
		all[1].says("on the others the name is another network's")
		c.same([]*host{all[0], all[2]}, "n1")
		own := all[1].logical("n1")
		if own == all[0].logical("n1") {
			t.Error("h2 lost its own network")
		}
		all[0].rm("n1") // the name is free: h2's network has it
		c.settle()
		c.have(all, "n1")
		c.same(all, "n1")
		if got := all[0].logical("n1"); got != own {
			t.Errorf("h1 has %s, want h2's %s", got, own)
		}
		all[2].rm("n1")
		c.settle()
		c.have(all)
		c.left()
	})
}

// Of networks of one name that are created at once, one is everybody's. The
// others stay, until they are removed; then that of another host comes.
func TestCreatedEverywhereAtOnce(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2", "h3")
		var wg sync.WaitGroup
		for _, h := range all {
			wg.Go(func() { h.tryCreate("n1") }) // perhaps another host was first
		}
		wg.Wait()
		c.later()
		c.have(all, "n1")
		for range all {
			for _, h := range all {
				if h.network("n1") != nil {
					h.rm("n1")
					c.settle()
				}
			}
		}
		c.have(all)
		c.left()
	})
}

func TestStaysOnItsHost(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*network.CreateRequest)
		says   string
	}{
		"other IPAM": {func(r *network.CreateRequest) { r.IPAM.Driver = "default" }, "create it with --ipam-driver vlcp"},
		"no IPAM":    {func(r *network.CreateRequest) { r.IPAM.Driver = "null" }, "create it with --ipam-driver vlcp"},
		"other driver": {func(r *network.CreateRequest) {
			r.Driver, r.IPAM.Driver = "bridge", "default"
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(c *hosts) {
				all := c.start("h1", "h2")
				all[0].create("n1", tt.change)
				c.later()
				if all[1].network("n1") != nil {
					t.Error("it was made on h2")
				}
				if tt.says != "" {
					all[0].says(tt.says)
				}
				all[0].rm("n1")
				c.settle()
				c.left()
			})
		})
	}
}

// A name that another driver's network has on a host is that network's there.
func TestNameOfAnotherDriver(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[1].create("n1", func(r *network.CreateRequest) { r.Driver, r.IPAM.Driver = "bridge", "default" })
		all[0].create("n1")
		c.later()
		all[1].says("the network is not made on this host: another one has its name")
		if n := all[1].network("n1"); n.Driver != "bridge" {
			t.Errorf("h2 has %+v", n)
		}
		all[1].rm("n1")
		c.settle()
		c.have(all, "n1")
		c.same(all, "n1")
	})
}

// A removed network goes where nothing needs it, and elsewhere when that is
// gone; meanwhile its name can be another network's.
func TestRemoveInUse(t *testing.T) {
	for _, state := range []container.ContainerState{container.StateRunning, container.StateExited, container.StateCreated} {
		for _, again := range []bool{false, true} {
			t.Run(string(state), func(t *testing.T) {
				run(t, func(c *hosts) {
					all := c.start("h1", "h2", "h3")
					old := all[0].create("n1")
					c.settle()
					all[1].docker.put("c1", "n1", state)
					all[0].rm("n1")
					c.later()
					c.have([]*host{all[0], all[2]})
					c.have(all[1:2], "n1")
					all[1].says("it stays here until its last container is removed or disconnected")
					if again {
						all[0].create("n1")
						c.later()
						c.have(all, "n1")
						c.same([]*host{all[0], all[2]}, "n1")
					}
					if got, want := all[1].logical("n1"), "docker-"+old+"-lognet"; got != want {
						t.Errorf("h2 has %s, want the old %s", got, want)
					}
					if _, err := all[1].fake.Network(t.Context(), all[1].logical("n1")); err != nil {
						t.Errorf("the logical network of h2's containers: %v", err)
					}
					all[1].docker.put("c1", "", "")
					c.settle()
					if again {
						c.have(all, "n1")
						c.same(all, "n1")
						all[1].rm("n1")
						c.settle()
					}
					c.have(all)
					c.left()
				})
			})
		}
	}
}

// Networks of Swarm, and of a cluster store of Docker's, Docker itself shares.
func TestDockersOwnScopes(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].docker.show = func(n *network.Inspect) { n.Scope = "swarm" }
		all[0].create("n1")
		c.later()
		c.have(all[1:])
	})
}

// A network that a user attached to a logical network that Docker did not make
// is shared too, and leaves that when it is gone.
func TestAttached(t *testing.T) {
	run(t, func(c *hosts) {
		all := c.start("h1", "h2")
		all[0].logicalNetwork("net1")
		attached := func(r *network.CreateRequest) {
			r.Options = map[string]string{"network": "net1"}
			r.IPAM.Options = map[string]string{"network": "net1"}
		}
		all[0].create("n1", attached)
		c.settle()
		c.have(all, "n1")
		c.same(all, "n1")
		all[1].rm("n1")
		c.settle()
		c.have(all)
		all[1].create("n1", attached)
		c.settle()
		c.have(all, "n1")
		all[0].rm("n1")
		c.settle()
		c.have(all)
		if n, err := all[0].fake.Network(t.Context(), "net1"); err != nil || n.Network.Meta["docker_name"] != nil { // it is not Docker's
			t.Errorf("the logical network went with the Docker networks, or is taken for one: %v, %v", n.Network.Meta, err)
		}
		if err := all[0].fake.DeleteNetwork(t.Context(), "net1"); err != nil {
			t.Error(err)
		}
		c.left()
	})
}
