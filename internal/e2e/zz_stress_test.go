package e2e

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

func TestZZStress(t *testing.T) {
	c := newCluster(t, 2)
	h1, h2 := c.hosts[0], c.hosts[1]
	h1.docker(create + "--subnet 10.1.0.0/24 n1")
	h2.eventually("h2 has it", func() bool { return h2.has("n1", "") })
	h1.docker("run -d --name web --network n1 --ip 10.1.0.11 busybox")
	var bad, n atomic.Int32
	for range 20 {
		n.Add(1)
		if got := h2.runs("--network n1", "web"); got != "10.1.0.11" {
			bad.Add(1)
		}
	}
	fmt.Println("STRESS sequential", engine, bad.Load(), "of", n.Load())
	bad.Store(0)
	n.Store(0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				n.Add(1)
				if got := h2.runs("--network n1", "web"); got != "10.1.0.11" {
					bad.Add(1)
				}
			}
		})
	}
	wg.Wait()
	fmt.Println("STRESS parallel", engine, bad.Load(), "of", n.Load())
}
