package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestEmbedOutside builds and runs a program of another module that embeds an
// Agent, and checks that it links no store but its own.
func TestEmbedOutside(t *testing.T) {
	repo, dir := repository(t), t.TempDir()
	copyFile(t, filepath.Join(repo, "go.sum"), filepath.Join(dir, "go.sum"))
	copyFile(t, filepath.Join("testdata", "outside", "main.go"), filepath.Join(dir, "main.go"))
	write(t, filepath.Join(dir, "go.mod"), outsideModule(t, repo))

	program := filepath.Join(dir, "outside")
	command(t, dir, "go", "build", "-mod=mod", "-o", program, ".")
	out := command(t, dir, program)
	if want := "address: 10.1.0.2\nready with flows: true\n"; !strings.Contains(out, "address: 10.1.0.") || !strings.Contains(out, "ready with flows: true") {
		t.Errorf("printed %q, want like %q", out, want)
	}
	for _, foreign := range []string{"go.etcd.io/etcd", "go-zookeeper", "hashicorp/consul", "go.etcd.io/bbolt", "libovsdb"} {
		if deps := command(t, dir, "go", "version", "-m", program); strings.Contains(deps, foreign) {
			t.Errorf("links %s", foreign)
		}
	}
}

// outsideModule is the repository's go.mod as another module, which requires
// the repository.
func outsideModule(t *testing.T, repo string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(repo, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	const name = "github.com/vlcp-go/vlcp"
	mod := strings.Replace(string(raw), "module "+name, "module example.org/outside", 1)
	return mod + fmt.Sprintf("\nrequire %[1]s v0.0.0\n\nreplace %[1]s => %[2]s\n", name, repo)
}

func repository(t *testing.T) string {
	t.Helper()
	return filepath.Dir(strings.TrimSpace(command(t, ".", "go", "env", "GOMOD")))
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	raw, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(raw))
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func command(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return string(out)
}
