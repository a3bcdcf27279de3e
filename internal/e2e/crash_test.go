package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestAgentKilledAtRandom kills the agent with -9 again and again while
// containers are started and removed: each command works or says why it did
// not, and at the end nothing is left.
func TestAgentKilledAtRandom(t *testing.T) {
	t.Parallel()
	h := newHost(t, "--audit", "1s")
	before := h.traces()
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.start("witness", "--network n1 --ip 10.1.0.250")
	h.killing(20*time.Second, func(ctx context.Context, worker int) {
		for n := 0; ctx.Err() == nil; n++ {
			name := fmt.Sprintf("c%d-%d", worker, n)
			if _, err := h.Docker(h.ctx, "run", "-d", "--name", name, "--network", "n1", "busybox"); err != nil && !strings.Contains(err.Error(), "again") {
				t.Errorf("the error does not say what to do: %v", err)
			}
			if _, err := h.Docker(h.ctx, "rm", "-f", name); err != nil {
				t.Error(err)
			}
		}
	})
	h.start("last", "--network n1")
	h.reach("last", "10.1.0.250")
	h.docker("rm -f witness last")
	h.docker("network rm n1")
	h.asBefore(before)
	h.equal("keys in the store", strings.Join(h.stored(), " "), "schema")
}

// killing kills the agent and starts it at random moments for a while, in which
// some workers work.
func (h *host) killing(during time.Duration, work func(context.Context, int)) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, during)
	defer cancel()
	var working sync.WaitGroup
	defer working.Wait()
	for worker := range 3 {
		working.Go(func() { work(ctx, worker) })
	}
	for ctx.Err() == nil {
		h.killAgent()
		h.startAgent()
		pause(ctx, time.Duration(rand.IntN(1500))*time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// TestRemovedWithoutAgent removes a container while the agent is away: Docker
// takes it for done, and the agent finds out.
func TestRemovedWithoutAgent(t *testing.T) {
	t.Parallel()
	h := newHost(t, "--audit", "1s")
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.start("c1", "--network n1")
	h.start("c2", "--network n1 --ip 10.1.0.9 --mac-address 02:00:00:00:00:09")
	h.killAgent()
	h.docker("rm -f c2") // after 15 seconds for each call
	h.startAgent()
	h.docker("create --name c2 --network n1 --ip 10.1.0.9 --mac-address 02:00:00:00:00:09 busybox")
	h.startsAgain("start c2")
	h.reach("c1", "10.1.0.9")
}

// TestForgottenByDocker kills dockerd with the agent away: at its next start
// Docker drops the endpoints without telling anybody.
func TestForgottenByDocker(t *testing.T) {
	t.Parallel()
	h := newHost(t, "--audit", "1s")
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.start("c1", "--network n1 --ip 10.1.0.9")
	h.killAgent()
	check(t, h.StopDocker(h.ctx, syscall.SIGKILL))
	check(t, h.StartDocker(h.ctx))
	h.startAgent()
	h.startsAgain("start c1")
	h.start("c2", "--network n1")
	h.reach("c2", "10.1.0.9")
}

// startsAgain runs a docker command line that starts a container until the
// address that it names is free.
func (h *host) startsAgain(line string) {
	h.t.Helper()
	h.eventually("docker "+line+" works", func() bool {
		_, err := h.Docker(h.ctx, strings.Fields(line)...)
		return err == nil
	})
}
