package netsync_test

import (
	"slices"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
)

// TestModel compares three hosts, whose plugins are killed and started again,
// with what the networks of all hosts should be: after each step, exactly.
func TestModel(t *testing.T) {
	steps := stepsOf("create", "create", "create", "rm", "rm", "prune", "run", "stop", "empty", "empty", "kill", "up", "up")
	explore(t, steps, func(c *hosts, steps []step) {
		all := c.start("h1", "h2", "h3")
		m := &model{shared: map[string]string{}, removed: map[string]bool{}, hosts: make([]modelHost, len(all))}
		for i := range m.hosts {
			m.hosts[i] = modelHost{up: true, unheard: map[string]bool{}, networks: map[string]string{}, containers: map[string]container.ContainerState{}}
		}
		for i, s := range steps {
			m.happen(c, all, s)
			time.Sleep(time.Minute) // whoever waits for a plugin gives up
			c.settle()
			m.settle()
			m.compare(c, all)
			if c.Failed() {
				c.Fatalf("after step %d, %v", i, s)
			}
		}
	})
}

// model is what there should be.
type model struct {
	shared  map[string]string // the logical network of each name
	removed map[string]bool   // logical networks
	hosts   []modelHost
}

type modelHost struct {
	up         bool
	unheard    map[string]bool   // logical networks whose networks were removed while it was not up
	networks   map[string]string // the logical network of each name
	containers map[string]container.ContainerState
}

// happen has a step happen to the model and to the host.
func (m *model) happen(c *hosts, all []*host, s step) {
	h, docker := &m.hosts[s.host], all[s.host]
	exists := h.networks[s.name] != ""
	switch s.do {
	case "create":
		_, err := docker.tryCreate(s.name)
		if got, want := err == nil, h.up && !exists; got != want {
			c.Errorf("created: %v, want %v", err, want)
		}
		if err == nil {
			h.networks[s.name] = docker.logical(s.name)
			m.shared[s.name] = h.networks[s.name]
		}
	case "rm", "prune":
		for _, name := range networkNames {
			if h.networks[name] != "" && (s.do == "prune" || name == s.name) && h.containers[name] != container.StateRunning {
				docker.rm(name)
				h.unheard[h.networks[name]] = true
				delete(h.networks, name)
			}
		}
	case "run", "stop":
		if exists {
			h.containers[s.name] = map[string]container.ContainerState{"run": container.StateRunning, "stop": container.StateExited}[s.do]
			docker.docker.put("c-"+s.name, s.name, h.containers[s.name])
		}
	case "empty":
		delete(h.containers, s.name)
		docker.docker.put("c-"+s.name, "", "")
	case "kill":
		h.up = false
		docker.kill()
	case "up":
		h.up = true
		docker.up()
	}
}

// settle has hosts that are up tell what was removed, and gives them what the
// others have.
func (m *model) settle() {
	up := slices.DeleteFunc(slices.Clone(m.hosts), func(h modelHost) bool { return !h.up })
	for _, h := range up {
		for _, name := range networkNames {
			if h.unheard[m.shared[name]] {
				m.removed[m.shared[name]] = true
				delete(m.shared, name)
			}
		}
	}
	for _, h := range up {
		for _, name := range networkNames {
			if m.removed[h.networks[name]] && h.containers[name] == "" {
				delete(h.networks, name)
			}
			if h.networks[name] == "" && m.shared[name] != "" {
				h.networks[name] = m.shared[name]
			}
		}
	}
}

// compare checks that Docker has what it should.
func (m *model) compare(c *hosts, all []*host) {
	for i, h := range all {
		for _, name := range networkNames {
			got := ""
			if h.network(name) != nil {
				got = h.logical(name)
			}
			if want := m.hosts[i].networks[name]; got != want {
				c.Errorf("%s of %s is of %q, want %q", name, h.name, got, want)
			}
		}
	}
}
