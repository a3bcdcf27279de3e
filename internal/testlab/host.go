package testlab

import (
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"sync"
)

// HostConfig is a host as it should be.
type HostConfig struct {
	Name        string   // its hostname
	BinDir      string   // searched for programs before the system's: another Docker
	Env         []string // for what runs in it: "KEY=value"
	DockerFlags []string // for each dockerd
}

// systemPath finds the distribution's programs before those in /usr/local: a
// newer docker command refuses options on an older dockerd.
const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin"

func (c HostConfig) environment(lab string) []string {
	path := systemPath
	if c.BinDir != "" {
		path = c.BinDir + ":" + path
	}
	return append([]string{"PATH=" + path, "HOME=/run/lab", "LANG=C.UTF-8", labVariable + "=" + lab}, c.Env...)
}

// Host is a machine of the lab.
type Host struct {
	Name string
	Addr netip.Addr // on the underlay
	IPv6 netip.Addr // on the underlay

	lab     *Lab
	config  HostConfig
	number  int
	dir     string   // logs
	env     []string // of what runs in it
	sandbox *sandbox

	mu        sync.Mutex
	processes []*Process
	services  map[string]*Process // what StartOVS and StartDocker started
}

// Host makes a host with an address on the underlay and default routes to
// Outside. The first has 10.99.0.1 and fd99::1, and so on; names differ.
func (l *Lab) Host(ctx context.Context, c HostConfig) (*Host, error) {
	h, err := l.newHost(c)
	if err != nil {
		return nil, err
	}
	return h, h.boot(ctx)
}

// boot starts the host and connects it to the underlay.
func (h *Host) boot(ctx context.Context) (err error) {
	if h.sandbox, err = newSandbox(ctx, h.Name, h.env); err != nil {
		return err
	}
	if err := h.plugIn(ctx); err != nil {
		return fmt.Errorf("connect host %s: %w", h.Name, err)
	}
	return nil
}

// Close ends the host with everything that runs in it: a power cut.
func (h *Host) Close() {
	if h.sandbox == nil {
		return // it was never on
	}
	h.sandbox.close()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.processes {
		<-p.done
	}
}

// Netns is the path of the host's network namespace, for package netns.
func (h *Host) Netns() string { return fmt.Sprintf("/proc/%d/ns/net", h.sandbox.init.Process.Pid) }

// Path is the path for this process of a file of the host: of its docker.sock,
// for one. Sockets can be dialled there too.
func (h *Host) Path(name string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", h.sandbox.init.Process.Pid), name)
}
