package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// machine stands for a virtual machine: a namespace with its id as name, which
// any host may have, and which sends nothing by itself. Its interface is a
// logical port that Docker did not make.
type machine struct {
	id, mac, addr string
	mtu           int
}

// create creates the machine's logical port.
func (m machine) create(h *host, network string) {
	h.t.Helper()
	h.api("createlogicalport", fmt.Sprintf("logicalnetwork=%s&id=%s&mac_address=%s&ip_address=%s", network, m.id, m.mac, m.addr))
}

// plug has a host run the machine.
func (h *host) plug(m machine) {
	h.t.Helper()
	h.run(strings.NewReplacer("ID", m.id, "MAC", m.mac, "ADDR", m.addr, "MTU", fmt.Sprint(m.mtu)).Replace(strings.Join([]string{
		"ip netns add ID", "ip link add ID0 type veth peer name eth0 netns ID address MAC mtu MTU",
		"ip netns exec ID sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'",
		"ip netns exec ID ethtool -K eth0 tx off tso off gso off sg off",
		"ip link set ID0 up", "ip -n ID addr add ADDR/24 dev eth0", "ip -n ID link set eth0 up",
		"ovs-vsctl add-port dockerbr0 ID0 -- set interface ID0 external_ids:iface-id=ID",
	}, " && ")))
}

func (h *host) unplug(m machine) {
	h.t.Helper()
	h.run(strings.ReplaceAll("ovs-vsctl del-port ID0 && ip link del ID0 && ip netns del ID", "ID", m.id))
}

// thisMachine is the machine of tests that have one.
var thisMachine = machine{id: "vm", mac: "02:00:00:00:00:99", addr: "10.1.0.99", mtu: 1450}

func (h *host) plugMachine()   { h.t.Helper(); h.plug(thisMachine) }
func (h *host) unplugMachine() { h.t.Helper(); h.unplug(thisMachine) }

// TestPortMoves moves interfaces that Docker did not make from host to host. Of
// one the object is first, of the other the interface.
func TestPortMoves(t *testing.T) {
	c := newCluster(t, 2, alone)
	h1, h2 := c.hosts[0], c.hosts[1]
	id := h1.docker(create + "--subnet 10.1.0.0/24 n1")
	network := "docker-" + id + "-lognet"
	h2.join(network, "--subnet 10.1.0.0/24 n1")
	h1.start("a1", "--network n1 --ip 10.1.0.11")
	h2.start("a2", "--network n1 --ip 10.1.0.12")
	thisMachine.create(h1, network)
	for _, h := range []*host{h1, h2, h1, h2} {
		h.plugMachine()
		h1.find("a1", thisMachine.addr)
		h.unplugMachine()
	}

	vm := machine{id: "early", mac: "02:00:00:00:00:98", addr: "10.1.0.98", mtu: 1450}
	h1.plug(vm)
	vm.create(h2, network)
	h1.find("a1", vm.addr)
	h2.find("a2", vm.addr)
	at, other := h1, h2
	for range 3 {
		other.plug(vm) // both have it for a moment: the newest plug wins
		h1.eventually("it is on "+other.Name, func() bool { return h1.placeOf(vm) == other.Name })
		h1.find("a1", vm.addr)
		at.unplug(vm)
		h1.find("a1", vm.addr)
		h2.find("a2", vm.addr)
		at, other = other, at
	}
	at.unplug(vm)
	h1.eventually("it is nowhere", func() bool { return h1.placeOf(vm) == "" })
	h1.unreachable("a1", vm.addr)
}

// placeOf is the host where the store has a machine.
func (h *host) placeOf(m machine) string {
	h.t.Helper()
	return between(h.run("curl -sf http://localhost:8081/viperflow/listlogicalports?id="+m.id), `"location":{"host":"`)
}
