package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/internal/testlab"
)

// engine is the version of Docker that the tests run on; "": the machine's own.
// `make test-all` sets it to each that it has.
var engine = os.Getenv("VLCP_ENGINE")

// onEngine is a host with a version of Docker; see testenv.Docker.
func onEngine(t *testing.T, name, version string) testlab.HostConfig {
	t.Helper()
	c := testlab.HostConfig{Name: name}
	if version == "" {
		return c
	}
	c.BinDir = testenv.Docker(t, version)
	if _, err := os.Stat(filepath.Join(c.BinDir, "runc")); err == nil {
		c.DockerFlags = []string{"--seccomp-profile=unconfined"} // .ci/builds.d builds a runc without
	}
	return c
}
