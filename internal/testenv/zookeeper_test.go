package testenv_test

import (
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

func TestZooKeeperElectsAnotherLeader(t *testing.T) {
	servers := testenv.ZooKeeper(t, 3)
	first := servers.Leader()
	first.Kill()
	if mode := first.Mode(); mode != "" {
		t.Errorf("a killed server is %s", mode)
	}
	second := servers.Leader()
	second.Pause()
	second.Resume()
	first.Start()
	servers.Await()
	if mode := first.Mode(); mode != "follower" {
		t.Errorf("the leader of before came back as %s", mode)
	}
}

func TestZooKeeperAlone(t *testing.T) {
	server := testenv.ZooKeeper(t, 1)[0]
	if mode := server.Mode(); mode != "standalone" {
		t.Errorf("a server alone is %q", mode)
	}
	if answer := server.Ask("ruok"); answer != "imok" {
		t.Errorf("ruok: %q", answer)
	}
}
