// Demo shows vlcp at work in a throw-away host: namespaces with an Open vSwitch
// and a Docker of their own. Whatever happens to it, nothing stays behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
)

func main() {
	vlcp := flag.String("vlcp", "bin/vlcp", "the plugin's program")
	shell := flag.Bool("shell", false, "end with a shell in the host")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, *vlcp, *shell)
	switch {
	case ctx.Err() != nil:
		fmt.Println("\nInterrupted; everything is removed.")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, vlcp string, shell bool) (err error) {
	program, err := filepath.Abs(vlcp)
	if err != nil {
		return err
	}
	lab, err := testlab.New(ctx, testlab.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	h, err := start(ctx, lab, program)
	if err != nil {
		return err
	}
	if err := show(ctx, h); err != nil {
		return err
	}
	if shell {
		return openShell(ctx, h)
	}
	fmt.Print(next)
	return nil
}

// start makes the host with everything that runs on it.
func start(ctx context.Context, lab *testlab.Lab, program string) (*testlab.Host, error) {
	step("A host in namespaces, with its own Open vSwitch, vlcp and Docker")
	h, err := lab.Host(ctx, testlab.HostConfig{Name: "host1"})
	if err != nil {
		return nil, err
	}
	if err := h.StartOVS(ctx); err != nil {
		return nil, err
	}
	plugin, err := h.Start(ctx, "vlcp", program)
	if err != nil {
		return nil, err
	}
	if err := plugin.Ready(ctx); err != nil {
		return nil, err
	}
	if err := h.StartDocker(ctx); err != nil {
		return nil, err
	}
	return h, h.ImportImage(ctx)
}

// show is what a user would do.
func show(ctx context.Context, h *testlab.Host) error {
	began := time.Now()
	script := []struct{ title, command string }{
		{"A network, with no preparation", "docker network create -d vlcp --ipam-driver vlcp --subnet 10.1.0.0/24 n1"},
		{"Two containers on it", "docker run -d --network n1 --name c1 busybox && docker run -d --network n1 --name c2 busybox"},
		{"They ping each other, by address and by name", "docker exec c1 ping -c 3 10.1.0.3 && docker exec c1 probe resolve c2"},
		{"They speak TCP: 64 KiB there and back", "docker exec c1 probe check 10.1.0.3:7 && echo same bytes back"},
		{"What Docker says of the network", "docker network inspect n1"},
		{"The bridge, and the flows of the second container", "ovs-vsctl show && ovs-ofctl -O OpenFlow14 --no-stats dump-flows dockerbr0 | grep 10.1.0.3"},
		{"Everything goes with the network", "docker rm -f c1 c2 && docker network rm n1"},
	}
	for _, s := range script {
		if err := try(ctx, h, s.title, s.command); err != nil {
			return err
		}
	}
	fmt.Printf("\nThat took %.1f seconds.\n", time.Since(began).Seconds())
	return nil
}

// try runs a command line in the host, and shows both.
func try(ctx context.Context, h *testlab.Host, title, command string) error {
	step(title)
	for line := range strings.SplitSeq(command, " && ") {
		fmt.Println("$", line)
		out, err := h.Run(ctx, "sh", "-c", line)
		fmt.Print(out)
		if err != nil {
			return err
		}
	}
	return nil
}

func step(title string) { fmt.Printf("\n== %s\n", title) }

const next = `
The host is gone again, with all that was in it. What to try next:

  make shell      the same host with a shell in it: docker, ovs-vsctl, ovs-ofctl
  make install    vlcp on this machine; docs/operations.md says what follows
  docs/docker.md  every option of a network and of an endpoint
`

// openShell gives the user the host until they leave it.
func openShell(ctx context.Context, h *testlab.Host) error {
	step("A shell in the host; leave it with exit")
	cmd := h.Terminal(ctx, "bash", "--norc", "-i")
	cmd.Env = append(cmd.Env, `PS1=vlcp demo \w \$ `)
	if err := cmd.Run(); err != nil && ctx.Err() == nil {
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			return err
		}
	}
	return ctx.Err()
}
