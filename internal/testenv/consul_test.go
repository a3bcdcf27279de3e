package testenv_test

import (
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

func TestConsulElectsAnotherLeader(t *testing.T) {
	c := testenv.Consul(t, 3)
	first := c.Leader()
	first.Kill()
	second := c.Leader()
	if second == first {
		t.Errorf("%s leads after it was killed", first.Addr)
	}
	first.Start()
	c.Await()
	second.Pause()
	if third := c.Leader(); third == second {
		t.Errorf("%s leads while it is paused", second.Addr)
	}
	second.Resume()
	c.Await()
}

func TestConsulAlone(t *testing.T) {
	c := testenv.Consul(t, 1)
	if c.Leader() != c[0] {
		t.Error("a server alone does not lead")
	}
}
