package engine_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/vlcp-go/vlcp/kvstore"
)

func TestPortsOnOtherHosts(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.port("far", "n")
		f.port("further", "n")
		f.start()
		for _, step := range []func(){
			func() { f.locate("far", "g") },
			func() { f.host("g", "192.0.2.7") },
			func() { f.host("g", "192.0.2.8") },
			func() { f.locate("further", "g") },
			func() { f.locate("far", "") },
			func() { f.locate("further", "i") },
			func() { f.host("i", "2001:db8::9") },
			func() { f.locate("far", "i") },
			func() { f.deletePort("further") },
			func() {
				f.ok(f.store.Commit(f.Context(), []kvstore.Op{{Key: "host/i", Write: kvstore.Delete}}))
			},
			func() { f.unplug("a"); f.unplug("b") },
		} {
			step()
			f.settled()
		}
	})
}

func TestPortMovesBetweenHosts(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.host("g", "192.0.2.7")
		f.start()
		f.locate("a", "g")
		f.settled()
		if got := f.forwarded("a"); !strings.HasPrefix(got, "host g, ") {
			f.Errorf("the port waits for %q", got)
		}
		f.locate("a", "h")
		f.settled()
		if got := f.forwarded("a"); got != "" {
			f.Errorf("the port waits for %q", got)
		}
	})
}

// TestMoves checks what the host is told, so that it writes where ports are.
func TestMoves(t *testing.T) {
	run(t, func(f *fixture) {
		check := func(what, want string) {
			f.Helper()
			synctest.Wait()
			if got := strings.Join(f.moves, ", "); got != want {
				f.Errorf("%s: moves %q, want %q", what, got, want)
			}
			f.moves = nil
		}
		f.network("n")
		for _, port := range []string{"a", "b", "c"} {
			f.port(port, "n")
			f.locate(port, map[string]string{"a": "h", "b": "g"}[port])
		}
		f.plug("a", 0)
		f.start()
		check("at the start, where the store says", "")
		f.plug("b", 0)
		check("plugged in here, and at another host", "b plugged")
		f.locate("b", "h")
		check("the host wrote it", "")
		f.locate("b", "g")
		check("another host wrote it later", "")
		f.locate("b", "")
		check("that host let it go", "b found")
		f.plug("a", 50)
		check("another number", "")
		f.unplug("a")
		check("unplugged", "a unplugged")
	})
}

// What was plugged in while no agent was there is found.
func TestMovesWhileTheAgentWasAway(t *testing.T) {
	run(t, func(f *fixture) {
		f.world()
		f.locate("a", "g")
		f.start()
		synctest.Wait()
		if len(f.moves) != 2 || !strings.Contains(strings.Join(f.moves, ", "), "a found") || !strings.Contains(strings.Join(f.moves, ", "), "b found") {
			f.Errorf("moves %q", f.moves)
		}
	})
}
