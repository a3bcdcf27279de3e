package testlab_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/labtest"
)

// orphanVariable makes the test program run orphan instead of its tests.
const orphanVariable = "VLCP_TEST_ORPHAN"

// orphan makes a lab with a container, says so, and waits to be killed.
func orphan() {
	ctx := context.Background()
	lab, err := testlab.New(ctx, testlab.Config{})
	if err == nil {
		var hosts []*testlab.Host
		if hosts, err = lab.Up(ctx, testlab.HostConfig{Name: "h1"}); err == nil {
			_, err = hosts[0].Docker(ctx, "run", "-d", testlab.Image)
		}
	}
	fmt.Println("up:", err)
	select {}
}

func TestNothingOutlivesAKilledLab(t *testing.T) {
	labtest.New(t, testlab.Config{}) // skips where there can't be one
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), orphanVariable+"=1")
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || line != "up: <nil>\n" {
		t.Errorf("the lab: %q, %v", line, err)
	}
	name := fmt.Sprintf("vlcp-lab-%d-", cmd.Process.Pid)
	if n := len(processes(t, name)); n < 6 { // init, OVS's two, Docker's two, the shim, the container
		t.Errorf("only %d processes of the lab are there", n)
	}
	cmd.Process.Kill()
	cmd.Wait()

	for deadline := time.Now().Add(20 * time.Second); len(processes(t, name)) > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("left: %v", processes(t, name))
		}
	}
	labtest.New(t, testlab.Config{}) // sweeps
	for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/", os.TempDir() + "/"} {
		if left, _ := filepath.Glob(pattern + name + "*"); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
	}
}

// processes lists what runs in the lab.
func processes(t *testing.T, name string) []string {
	t.Helper()
	found, err := testlab.Processes(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
