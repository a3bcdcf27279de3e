package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// spoofs are what a container does, one after the other, to send from what is
// not its own, by the interface eth1, to a victim with 10.2.0.2, fd00:2::2 and
// 02:00:00:00:00:02. It tells itself where that is, so that nobody has to answer.
var spoofs = []struct{ name, script string }{
	{"MAC", "mac=$(cat /sys/class/net/eth1/address); " +
		"ip link set eth1 down; ip link set eth1 address 02:00:00:00:00:99; ip link set eth1 up; " +
		"arp -i eth1 -s 10.2.0.2 02:00:00:00:00:02; probe ping -c 3 -w 300ms 10.2.0.2; " +
		"ip link set eth1 down; ip link set eth1 address $mac; ip link set eth1 up"},
	{"address", "ip addr flush dev eth1; ip addr add 10.2.0.99/24 dev eth1; " +
		"arp -i eth1 -s 10.2.0.2 02:00:00:00:00:02; probe ping -c 3 -w 300ms 10.2.0.2"},
	{"IPv6 address", "ip -6 addr add fd00:2::99/64 dev eth1; probe ping -c 3 -w 300ms fd00:2::2"},
}

// TestSpoofing has containers send from addresses that are not theirs, where
// they may and where they may not.
func TestSpoofing(t *testing.T) {
	h := newHost(t)
	for _, network := range []string{"guarded", "-o antispoof=false open"} {
		h.docker(create + "--ipv6 --subnet 10.2.0.0/24 --subnet fd00:2::/64 " + network)
	}
	for _, network := range []string{"guarded", "open"} {
		h.start(network+"-victim", "--network "+network+" --ip 10.2.0.2 --ip6 fd00:2::2 --mac-address 02:00:00:00:00:02")
	}
	for _, c := range []struct{ name, network, option, passes string }{
		{"guarded network", "guarded", "", ""},
		{"network without", "open", "", "MAC, address, IPv6 address"},
		{"port without", "guarded", "--driver-opt antispoof=false ", "MAC, address, IPv6 address"},
		{"allowed addresses", "guarded", `--driver-opt "allowed_addresses=10.2.0.99,fd00:2::99" `, "address, IPv6 address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := h.in(t)
			h.start("spoofer", "--cap-add NET_ADMIN --sysctl net.ipv6.conf.default.accept_dad=0")
			defer h.docker("rm -f spoofer")
			h.docker("network connect " + c.option + c.network + " spoofer")
			for _, spoof := range spoofs {
				arrives := func() bool { return h.spoof(spoof.script, c.network+"-victim") > 0 }
				if strings.Contains(c.passes, spoof.name) {
					h.eventually("spoofed "+spoof.name+" arrives", arrives)
				} else if arrives() {
					t.Errorf("spoofed %s arrives", spoof.name)
				}
			}
		})
	}
}

// spoof runs a script in the spoofer, and counts the echo requests that its
// victim has received meanwhile.
func (h *host) spoof(script, victim string) int {
	h.t.Helper()
	before := h.echoes(victim)
	_, _ = h.Exec(h.ctx, "spoofer", "sh", "-c", script) // fails without answers
	return h.echoes(victim) - before
}

// echoes counts the echo requests that a container has received so far.
func (h *host) echoes(container string) (count int) {
	h.t.Helper()
	out := h.docker("exec " + container + " cat /proc/net/snmp /proc/net/snmp6")
	return echoes(h.t, out)
}

// echoes reads them from /proc/net/snmp (a line of names, then one of values)
// and /proc/net/snmp6 (a name and a value in each line).
func echoes(t *testing.T, snmp string) (count int) {
	t.Helper()
	var names []string
	for line := range strings.Lines(snmp) {
		fields := strings.Fields(line)
		switch {
		case fields[0] == "Icmp6InEchos":
			count += number(t, fields[1])
		case fields[0] == "Icmp:" && names == nil:
			names = fields
		case fields[0] == "Icmp:":
			count += number(t, fields[slices.Index(names, "InEchos")])
		}
	}
	return count
}

func number(t *testing.T, text string) (n int) {
	t.Helper()
	_, err := fmt.Sscan(text, &n)
	check(t, err)
	return n
}

// TestContainerAsRouter has two networks meet in a container that is the next
// hop of their routes: it may send from what lies behind it, and nobody else.
func TestContainerAsRouter(t *testing.T) {
	h := newHost(t)
	h.docker(create + `--subnet 10.2.0.0/24 -o subnet:host_routes=[["10.3.0.0/24","10.2.0.254"]] left`)
	h.docker(create + `--subnet 10.3.0.0/24 -o subnet:host_routes=[["10.2.0.0/24","10.3.0.254"]] right`)
	h.docker("create --name router --sysctl net.ipv4.ip_forward=1 --network left --ip 10.2.0.254 busybox")
	h.docker("network connect --ip 10.3.0.254 right router")
	h.docker("start router")
	near := h.start("near", "--network left --cap-add NET_ADMIN")
	far := h.start("far", "--network right")
	h.equal("route to the far end", via(near, "10.3.0.0/24").String(), "10.2.0.254")
	h.equal("route to the near end", via(far, "10.2.0.0/24").String(), "10.3.0.254")
	h.reach("near", "10.3.0.2")
	h.reach("far", "10.2.0.2")

	// It asks for others from its own address, so that only what it sends is foreign.
	h.start("other", "--network left --cap-add NET_ADMIN --sysctl net.ipv4.conf.all.arp_announce=2 --ip 10.2.0.77")
	h.docker("exec other ip addr add 10.3.0.77/32 dev lo")
	h.docker("exec near ip route add 10.3.0.77/32 via 10.2.0.77")
	h.unreachable("near", "10.3.0.77")
	h.reach("near", "10.2.0.77")
}

// TestHostIsApart has a container send frames to the host's end of its own
// interface, which the userspace datapath leaves to the host's IP stack as well.
func TestHostIsApart(t *testing.T) {
	h := newHost(t)
	h.docker(create + "--internal --subnet 10.2.0.0/24 n1")
	h.start("c1", "--network n1 --cap-add NET_ADMIN")
	mac := h.run("cat /sys/class/net/vlcp*-tap/address")
	snmp := "cat /proc/net/snmp /proc/net/snmp6"
	before := echoes(t, h.run(snmp))
	for _, line := range []string{
		"ip route add 10.99.0.1/32 dev eth0; arp -i eth0 -s 10.99.0.1 " + mac + "; probe ping -c 3 -w 300ms 10.99.0.1",
		"probe check -network udp -timeout 300ms 10.99.0.1:9",
		"ping -c 1 -W 1 ff02::1%eth0",
		"ping -c 1 -W 1 255.255.255.255",
	} {
		out, _ := h.Exec(h.ctx, "c1", "sh", "-c", line)
		if strings.Contains(out, "bytes from") {
			t.Errorf("%s: answered:\n%s", line, out)
		}
	}
	h.equal("packets that the host took", echoes(t, h.run(snmp))-before, 0)
}
