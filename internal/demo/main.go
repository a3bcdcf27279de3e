// Demo shows vlcp at work on two throw-away hosts that share a store: namespaces
// with an Open vSwitch and a Docker of their own. Whatever happens to it, nothing
// stays behind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/vlcp-go/vlcp/internal/testlab"
)

func main() {
	vlcp := flag.String("vlcp", "bin/vlcp", "the plugin's program")
	store := flag.String("store", "etcd", "the store that the hosts share: etcd, zk or consul")
	shell := flag.Bool("shell", false, "end with a shell in the first host")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, *vlcp, *store, *shell)
	switch {
	case ctx.Err() != nil:
		fmt.Println("\nInterrupted; everything is removed.")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, vlcp, store string, shell bool) (err error) {
	program, err := filepath.Abs(vlcp)
	if err != nil {
		return err
	}
	server, err := serverOf(store)
	if err != nil {
		return err
	}
	lab, err := testlab.New(ctx, testlab.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lab.Close()) }()
	hosts, err := start(ctx, lab, server, program)
	if err != nil {
		return err
	}
	if err := show(ctx, hosts); err != nil {
		return err
	}
	if shell {
		return openShell(ctx, hosts, program)
	}
	fmt.Print(next)
	return nil
}

const next = `
The hosts are gone again, with all that was in them. What to try next:

  STORE=zk make demo       the same on ZooKeeper; STORE=consul on Consul
  make shell               the same hosts, with a shell in the first
  make install             vlcp on this machine; docs/operations.md says what follows
  docs/docker.md           every option of a network and of a container
  docs/hosts.md            several hosts, and what they share
`
