package testenv

import (
	"path/filepath"
	"testing"

	"github.com/vlcp-go/vlcp/internal/servers"
)

// Docker is the directory of a Docker engine's programs beside the machine's
// own, such as those of version "26", where .ci puts them. Without them t is
// skipped.
func Docker(t testing.TB, version string) string {
	t.Helper()
	name := "docker" + version
	dir := filepath.Join(servers.Dir(), name)
	if !servers.IsFile(filepath.Join(dir, "dockerd")) {
		t.Skipf("not run: there is no Docker %s in %s; `.ci/install all` gets what can be had", version, dir)
	}
	return dir
}
