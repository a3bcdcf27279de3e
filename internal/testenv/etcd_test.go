package testenv_test

import (
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

func TestEtcdElectsAnother(t *testing.T) {
	c := testenv.Etcd(t, 3)
	old := c.Leader()
	old.Kill()
	if now := c.Leader(); now == old {
		t.Errorf("%s leads after it was killed", now.Addr)
	}
	old.Start()
	c.Await()
	c[0].Pause()
	c[0].Resume()
	c.Await()
}
