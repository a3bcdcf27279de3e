package e2e

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestAgentKilled kills the agent with -9 while packets flow, and starts it
// again: none is lost, and no flow is written again.
func TestAgentKilled(t *testing.T) {
	h := newHost(t)
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.start("c1", "--network n1")
	h.start("c2", "--network n1")
	ping, err := h.StartPing(h.ctx, "c1", netip.MustParseAddr("10.1.0.3"), 2*time.Millisecond)
	check(t, err)
	before := h.packets()
	h.killAgent()
	h.run("sleep 1")
	h.startAgent()
	h.docker("run --rm --network n1 busybox probe ping -c 1 10.1.0.2") // the agent is at work again
	stats, err := ping.Stop()
	check(t, err)
	if stats.Lost > 0 {
		t.Errorf("packets lost while the agent was away: %+v", stats)
	}
	h.notRewritten(before)
}

// notRewritten checks that the flows are those that were, by what packets was.
func (h *host) notRewritten(before map[string]int) {
	h.t.Helper()
	for flow, count := range h.packets() {
		if count < before[flow] {
			h.t.Errorf("flow %s was written again: its counter went from %d to %d", flow, before[flow], count)
		}
	}
}

// packets counts by flow the packets that went through it: a flow that is
// written again begins at zero.
func (h *host) packets() map[string]int {
	h.t.Helper()
	counts := map[string]int{}
	for line := range strings.Lines(h.run("ovs-ofctl -O OpenFlow14 dump-flows dockerbr0")) {
		if m := countedFlow.FindStringSubmatch(line); m != nil {
			count, err := strconv.Atoi(m[1])
			check(h.t, err)
			counts[m[2]] = count
		}
	}
	return counts
}

// countedFlow takes the count of packets and the flow apart.
var countedFlow = regexp.MustCompile(`n_packets=(\d+), n_bytes=\d+, (?:idle_age=\d+, )?(.*)`)

// TestContainersOutliveTheAgent creates and removes while the agent is being
// restarted.
func TestContainersOutliveTheAgent(t *testing.T) {
	h := newHost(t)
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.start("c1", "--network n1")
	h.killAgent()
	started := make(chan struct{})
	go func() {
		defer close(started)
		h.start("c2", "--network n1") // dockerd tries again until the agent is back
	}()
	h.startAgent()
	<-started
	h.reach("c1", "10.1.0.3")
}

// TestSwitchRestarted restarts Open vSwitch: the flows come back.
func TestSwitchRestarted(t *testing.T) {
	h := newHost(t)
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.start("c1", "--network n1")
	h.start("c2", "--network n1")
	check(t, h.RestartOVS(h.ctx, syscall.SIGKILL))
	h.eventually("the containers reach each other again", func() bool {
		stats, err := h.Ping(h.ctx, "c1", netip.MustParseAddr("10.1.0.3"), 1)
		return err == nil && stats.Received > 0
	})
	h.reach("c1", "10.1.0.3")
	h.start("c3", "--network n1")
	h.reach("c3", "10.1.0.2")
}

// TestDockerKilled kills dockerd with -9 and its containers with it: what it
// forgets on the way is cleared.
func TestDockerKilled(t *testing.T) {
	h := newHost(t)
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.start("c1", "--network n1 --ip 10.1.0.9")
	check(t, h.StopDocker(h.ctx, syscall.SIGKILL))
	check(t, h.StartDocker(h.ctx))
	h.docker("start c1")
	h.start("c2", "--network n1")
	h.reach("c2", "10.1.0.9")
}
