package e2e

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestRouter has networks of two hosts meet in a virtual router, by the commands
// of docs/docker.md, and others stay apart; agents are killed; and the network
// leaves the router when it goes.
func TestRouter(t *testing.T) {
	c := newCluster(t, 2, alone)
	h1, h2 := c.hosts[0], c.hosts[1]
	h1.run("curl -sfg -d id=office http://localhost:8081/vrouterapi/createvirtualrouter")
	shared := func(name, n, options string) {
		subnets := "--ipv6 --subnet 10." + n + ".0.0/24 --subnet fd0" + n + "::/64 "
		id := h1.docker(create + subnets + "--gateway 10." + n + ".0.1 --gateway fd0" + n + "::1 " + options + name)
		h2.join("docker-"+id+"-lognet", subnets+name)
	}
	shared("blue", "1", "-o router=office ")
	shared("red", "2", "-o router=office ")
	shared("other", "2", "")
	h1.start("blue1", "--network blue --ip 10.1.0.11 --ip6 fd01::11")
	h1.start("red1", "--network red --ip 10.2.0.11 --ip6 fd02::11")
	h2.start("red2", "--network red --ip 10.2.0.12 --ip6 fd02::12")
	h2.start("other2", "--network other --ip 10.2.0.13 --ip6 fd02::13")
	for _, p := range []string{"10.2.0.1", "fd02::1"} {
		h1.meet("blue1", p+"1")
		h1.meet("blue1", p+"2")
		h1.find("blue1", p)
		h1.unreachable("blue1", p+"3")
	}
	h2.meet("red2", "10.1.0.11")
	h2.find("red2", "10.1.0.1")
	h2.unreachable("other2", "10.1.0.11")

	t.Run("nobody is needed", func(t *testing.T) {
		ping, err := h1.StartPing(h1.ctx, "blue1", netip.MustParseAddr("10.2.0.12"), 5*time.Millisecond)
		check(t, err)
		c.store.cut(true)
		h1.killAgent()
		h2.killAgent()
		h1.run("nsenter -n -t " + h1.docker("inspect -f {{.State.Pid}} blue1") + " ip neigh flush all") // they are asked for again
		h1.in(t).reach("blue1", "10.2.0.12")
		h1.startAgent()
		h2.startAgent()
		c.store.cut(false)
		stats, err := ping.Stop()
		check(t, err)
		if stats.Lost > 0 {
			t.Errorf("packets lost meanwhile: %+v", stats)
		}
	})
	t.Run("one is connected and disconnected while it runs", func(t *testing.T) {
		h1, h2 := h1.in(t), h2.in(t)
		h2.docker("rm -f other2")
		h1.vlcp("router create home")
		subnet := "docker-" + h1.docker("network inspect -f {{.Id}} other") + "-subnet"
		h1.vlcp("router connect home " + subnet)
		h2.start("other2", "--network other --ip 10.2.0.13")
		h2.find("other2", "10.2.0.1")
		h2.vlcp("router disconnect home " + subnet)
		h2.eventually("the gateway is gone", func() bool { return h2.ping("other2", "10.2.0.1").Received == 0 })
	})
	t.Run("addresses of its own and static routes", func(t *testing.T) { ownAddressAndRoutes(h1.in(t), h2.in(t)) })
	t.Run("networks leave it", func(t *testing.T) {
		h1, h2 := h1.in(t), h2.in(t)
		h1.docker("rm -f blue1 red1")
		h2.docker("rm -f red2")
		for _, h := range []*host{h1, h2} {
			h.docker("network rm red")
			h.docker("network rm blue")
		}
		h1.eventually("the router can be deleted", func() bool {
			return h1.tryVlcp("router delete office") == nil
		})
	})
}

// ownAddressAndRoutes has a network that keeps its way out in the router, by an
// ip_address that is not its gateway, and something behind a container that the
// router has a static route to.
func ownAddressAndRoutes(h1, h2 *host) {
	h1.t.Helper()
	routers := func(call, form string) string {
		return h1.run("curl -sg -d '" + form + "' http://localhost:8081/vrouterapi/" + call)
	}
	id := h1.docker(create + `--subnet 10.3.0.0/24 -o subnet:disablegateway=true -o subnet:host_routes=[["10.0.0.0/8","10.3.0.254"]] pink`)
	pink := "router=office&subnet=docker-" + id + "-subnet"
	h1.equal("answer", routers("addrouterinterface", pink+"&id=pink&ip_address=10.3.0.254"),
		`{"result":[{"id":"pink","ip_address":"10.3.0.254","network":"docker-`+id+`-lognet","router":"office","subnet":"docker-`+id+`-subnet"}]}`)
	h1.start("pink1", "--network pink")
	h1.meet("pink1", "10.1.0.11")
	h1.meet("pink1", "10.2.0.12")
	h1.find("pink1", "10.3.0.254")

	h1.run("nsenter -n -t " + h1.docker("inspect -f {{.State.Pid}} blue1") + " ip address add 10.200.0.9/32 dev lo")
	h2.unreachable("red2", "10.200.0.9")
	routers("updatevirtualrouter", `id=office&routes=`+"`[[\"10.200.0.0/16\", \"10.1.0.11\"]]`")
	h1.meet("pink1", "10.200.0.9")
	h2.meet("red2", "10.200.0.9")
	h1.docker("rm -f pink1")
	if answer := routers("removerouterinterface", "router=office&subnet="+"docker-"+h1.docker("network inspect -f {{.Id}} blue")+"-subnet"); !strings.Contains(answer, "route 10.200.0.0/16 of virtual router \\\"office\\\" goes through it") {
		h1.t.Error(answer)
	}
	routers("updatevirtualrouter", "id=office&routes=`None`")
	h1.equal("answer", routers("removerouterinterface", pink), `{"result":{"status":"OK"}}`)
	h2.eventually("the route is gone", func() bool { return h2.ping("red2", "10.200.0.9").Received == 0 })
	h1.docker("network rm pink")
}

// vlcp runs a command line of vlcp of words without spaces.
func (h *host) vlcp(line string) {
	h.t.Helper()
	check(h.t, h.tryVlcp(line))
}

func (h *host) tryVlcp(line string) error {
	h.t.Helper()
	program, err := plugin()
	check(h.t, err)
	_, err = h.Run(h.ctx, append([]string{program}, strings.Fields(line)...)...)
	return err
}
