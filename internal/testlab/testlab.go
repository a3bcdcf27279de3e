// Package testlab makes hosts on one machine: each is a set of namespaces with
// its own network, processes, /etc, /run and /var/lib, in which Open vSwitch,
// Docker and a plugin run at their usual paths. The end-to-end tests and the
// demonstration run in it.
//
//	lab, err := testlab.New(ctx, testlab.Config{})
//	defer lab.Close()
//	h1, err := lab.Host(ctx, testlab.HostConfig{Name: "h1"})
//	err = h1.StartOVS(ctx)
//	err = h1.StartDocker(ctx)
//	err = h1.ImportImage(ctx)
//	out, err := h1.Docker(ctx, "run", "--rm", testlab.Image, "probe", "dump")
//
// Read [New] first, then [Lab.Host], whose init script is host.sh; then
// [Host.Run] and [Host.Start], which everything else is made of:
// [Host.StartOVS], [Host.StartDocker], [Host.Docker]. Package probe is what
// runs in the containers. Package labtest wraps a lab in a test.
//
// The hosts are joined by a Linux bridge in a host of its own, [Lab.Outside],
// which stands for the underlay and for the Internet behind it.
//
// Nothing outlives the process: a host's first process reads a pipe that only
// we write to, and the kernel ends a PID namespace, and with it the mounts and
// the network, with its first process. What is left after a kill -9 are some
// empty cgroups and a directory of logs; the next lab removes them.
package testlab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Config is a lab as it should be.
type Config struct {
	MTU int // of the underlay; 0: 1500
}

// Lab is a number of hosts and the network between them.
type Lab struct {
	Outside *Host // the underlay's switch and all that is behind it

	name string // unique on the machine; processes and cgroups carry it
	dir  string // logs
	mtu  int

	mu    sync.Mutex
	hosts []*Host // Outside first
	probe func() (string, error)
	image func() ([]byte, error)
}

// New makes a lab without hosts. It matches errors.ErrUnsupported where the
// machine lacks something, and says what.
func New(ctx context.Context, c Config) (*Lab, error) {
	if err := check(); err != nil {
		return nil, err
	}
	if err := sweep(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", prefix, os.Getpid()))
	if err != nil {
		return nil, err
	}
	l := &Lab{name: filepath.Base(dir), dir: dir, mtu: cmp.Or(c.MTU, 1500)}
	l.probe = sync.OnceValues(l.buildProbe)
	l.image = sync.OnceValues(l.buildImage)
	if l.Outside, err = l.newHost(HostConfig{Name: "outside"}); err == nil {
		err = l.Outside.bootSwitch(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// Close ends all hosts with everything that runs in them, and removes what the
// lab left on the machine.
func (l *Lab) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var closing sync.WaitGroup
	for _, h := range l.hosts {
		closing.Go(h.Close)
	}
	closing.Wait()
	l.hosts = nil
	return remove(l.name)
}

// Hosts lists the hosts in the order in which they were made, without Outside.
func (l *Lab) Hosts() []*Host {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.hosts), func(h *Host) bool { return h == l.Outside })
}

// newHost makes a host that is not on yet and gives it the next number.
func (l *Lab) newHost(c HostConfig) (*Host, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &Host{Name: c.Name, lab: l, config: c, number: len(l.hosts), dir: filepath.Join(l.dir, c.Name), env: c.environment(l.name)}
	h.Addr, h.IPv6 = underlay(h.number)
	if h.number > maxHosts {
		return nil, fmt.Errorf("host %s: a lab has at most %d", c.Name, maxHosts)
	}
	if err := os.Mkdir(h.dir, 0o755); err != nil {
		return nil, fmt.Errorf("a host needs a name of its own: %w", err)
	}
	l.hosts = append(l.hosts, h)
	return h, nil
}

// Logs is the end of the log of every program that ran in the lab.
func (l *Lab) Logs() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var logs strings.Builder
	for _, h := range l.hosts {
		h.mu.Lock()
		for _, p := range h.processes {
			fmt.Fprintf(&logs, "--- %s: %s\n%s\n", h.Name, p.Name, p.tail())
		}
		h.mu.Unlock()
	}
	return logs.String()
}
