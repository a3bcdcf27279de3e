package e2e

import (
	"fmt"
	"sync"
	"testing"
)

// TestLifecycle takes containers through everything that Docker does with them.
func TestLifecycle(t *testing.T) {
	h := newHost(t)
	before := h.traces()
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.docker(create + "--subnet 10.2.0.0/24 n2")
	h.start("c1", "--network n1")
	h.start("c2", "--network n1 --ip 10.1.0.50")
	h.reach("c1", "10.1.0.50")

	h.docker("restart -t 1 c2")
	h.reach("c1", "10.1.0.50")
	h.docker("stop -t 1 c2")
	h.unreachable("c1", "10.1.0.50")
	h.docker("start c2")
	h.reach("c1", "10.1.0.50")

	h.docker("network connect --ip 10.2.0.9 n2 c1")
	h.docker("network connect n2 c2")
	h.reach("c2", "10.2.0.9")
	h.docker("network disconnect n2 c1")
	h.unreachable("c2", "10.2.0.9")
	h.reach("c2", "10.1.0.2")

	h.docker("kill c1")
	h.docker("rm c1")
	h.docker("rm -f c2")
	h.docker("network rm n1 n2")
	h.asBefore(before)
	h.equal("keys in the store", fmt.Sprint(h.stored()), "[schema]")
}

// TestTwentyAtOnce starts twenty containers at the same moment; all of them
// have addresses of their own, and all reach the first.
func TestTwentyAtOnce(t *testing.T) {
	h := newHost(t)
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	const count = 20
	addrs := make([]string, count)
	var starting sync.WaitGroup
	for i := range count {
		starting.Go(func() {
			s := h.start(fmt.Sprintf("c%d", i), "--network n1")
			addrs[i] = s.Interface("eth0").Addresses[0].Addr().String()
		})
	}
	starting.Wait()
	seen := map[string]bool{}
	for i, a := range addrs {
		if seen[a] {
			t.Errorf("address %s was given twice", a)
		}
		seen[a] = true
		if i > 0 {
			h.reach("c0", a)
		}
	}
}

// TestIsolation makes two networks of one subnet at the same moment, with the
// same addresses and MACs in both.
func TestIsolation(t *testing.T) {
	h := newHost(t)
	var creating sync.WaitGroup
	for _, n := range []string{"n1", "n2"} {
		creating.Go(func() { h.docker(create + "--subnet 10.1.0.0/24 " + n) })
	}
	creating.Wait()
	same := "--ip 10.1.0.5 --mac-address 02:00:00:00:00:05"
	h.start("a1", "--network n1 "+same)
	h.start("b1", "--network n2 "+same)
	h.start("a2", "--network n1 --ip 10.1.0.6")
	h.start("b3", "--network n2 --ip 10.1.0.7")
	h.reach("a2", "10.1.0.5")
	h.reach("b3", "10.1.0.5")
	h.unreachable("a2", "10.1.0.7")
	h.unreachable("b3", "10.1.0.6")
}
