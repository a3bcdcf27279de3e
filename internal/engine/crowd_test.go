package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
)

// TestTooManyHosts has a network on as many hosts as get copies, and on more.
func TestTooManyHosts(t *testing.T) {
	run(t, func(f *fixture) {
		f.start()
		f.world()
		f.settled()
		add := func(n int) {
			id := fmt.Sprint("on-", n)
			f.host(id, fmt.Sprintf("192.0.%d.%d", 3+n/250, 1+n%250))
			f.ok(result(f.model.CreatePorts(f.Context(), network.Port{ID: id, Network: "n"})))
			f.locate(id, id)
		}
		for n := range plan.MaxCopies {
			add(n)
		}
		f.settled()
		if strings.Contains(f.log.String(), "too many hosts") {
			t.Error("said too early")
		}
		for n := range 3 {
			add(plan.MaxCopies + n)
			f.settled()
		}
		if said := strings.Count(f.log.String(), "too many hosts"); said != 1 || !strings.Contains(f.log.String(), "level=ERROR") {
			t.Errorf("said %d times", said)
		}
	})
}
