package testlab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// programsVariable names a directory with programs that are built already, for
// where there is no compiler: in the guest of internal/kernellab.
const programsVariable = "VLCP_PROGRAMS"

// Build builds a program of this module in a directory, or takes one that is
// built already. It runs in any image, being without cgo, unless the flags of go
// build have -race, which needs that.
func Build(dir, name, pkg string, flags ...string) (path string, err error) {
	path = filepath.Join(dir, name)
	if built := os.Getenv(programsVariable); built != "" {
		return path, os.Symlink(filepath.Join(built, name), path)
	}
	args := append([]string{"build", "-o", path}, append(flags, "github.com/vlcp-go/vlcp/"+pkg)...)
	build := exec.Command("go", args...)
	if !slices.Contains(flags, "-race") {
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
	}
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	return path, nil
}
