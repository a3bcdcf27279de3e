package names

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/docker/docker/api/types/events"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/dockertest"
)

// run is `docker run -d --name NAME --network … --network-alias …`; aliases are by
// the names of the networks. It returns when the process has begun.
func (d *dockerd) run(name string, aliases map[string][]string) *dockerContainer {
	d.mu.Lock()
	sum := sha256.Sum256(fmt.Append(nil, d.root, name, time.Now().UnixNano(), len(d.containers)))
	c := &dockerContainer{id: hex.EncodeToString(sum[:]), name: name, busy: dockertest.NewLock(), aliases: maps.Clone(aliases)}
	d.containers[c.id] = c
	d.must(os.Mkdir(filepath.Dir(d.hosts(c.id)), 0o755))
	c.busy.Lock()
	d.event(events.ContainerEventType, events.ActionCreate, c.id, "")
	d.mu.Unlock()
	if !d.quick { // else it is being started before anybody can ask for it
		c.busy.Unlock()
		d.pause()
		c.busy.Lock()
	}
	defer c.busy.Unlock()
	d.begin(c)
	return c
}

// start is `docker start`: it returns when the process has begun.
func (d *dockerd) start(c *dockerContainer) {
	c.busy.Lock()
	defer c.busy.Unlock()
	d.begin(c)
}

func (d *dockerd) begin(c *dockerContainer) {
	d.mu.Lock()
	d.writeHosts(c.id, func(string) string { return d.buildHosts(c) })
	c.running = true
	if d.quick {
		d.mu.Unlock()
		d.pause() // while it makes the container
		d.mu.Lock()
	}
	for _, name := range slices.Sorted(maps.Keys(c.aliases)) {
		if n := d.network(name); n != nil {
			d.join(c, n)
		}
	}
	d.mu.Unlock()
	if !d.quick {
		d.pause()
	}
	if d.late {
		d.mu.Lock()
		d.writeHosts(c.id, func(string) string { return d.buildHosts(c) })
		d.mu.Unlock() // and the process starts at once
	}
	d.mu.Lock()
	opened := d.opened
	d.mu.Unlock()
	if opened != nil {
		opened(c.id)
	}
	text, err := os.ReadFile(d.hosts(c.id))
	d.must(err)
	c.atFirst = string(text)
}

// pause is the time that Docker takes for a step.
func (d *dockerd) pause() {
	if !d.early {
		time.Sleep(10 * time.Millisecond)
	}
}

func (d *dockerd) join(c *dockerContainer, n *dockerNetwork) {
	addrs := n.next()
	e := &dockerEndpoint{id: fmt.Sprint("endpoint of ", addrs), name: c.name, addresses: addrs}
	n.members[c.id] = e
	d.writeHosts(c.id, func(old string) string { return old + ownLines(c, e) })
	if !d.mute {
		d.event(events.NetworkEventType, events.ActionConnect, n.id, c.id)
	}
}

// stop is `docker stop`.
func (d *dockerd) stop(c *dockerContainer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.networks {
		d.leave(c, n)
	}
	c.running = false
}

func (d *dockerd) leave(c *dockerContainer, n *dockerNetwork) {
	e := n.members[c.id]
	if e == nil {
		return
	}
	delete(n.members, c.id)
	d.writeHosts(c.id, func(old string) string { return strings.ReplaceAll(old, ownLines(c, e), "") })
	d.event(events.NetworkEventType, events.ActionDisconnect, n.id, c.id)
}

// connect is `docker network connect --alias …`.
func (d *dockerd) connect(c *dockerContainer, network string, aliases ...string) {
	c.busy.Lock()
	defer c.busy.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, in := c.aliases[network]; in {
		return
	}
	if c.aliases[network] = aliases; c.running {
		d.join(c, d.network(network))
	}
}

// disconnect is `docker network disconnect`.
func (d *dockerd) disconnect(c *dockerContainer, network string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(c.aliases, network)
	d.leave(c, d.network(network))
}

// rename is `docker rename`: as with Docker 26 the network goes on to show the
// old name.
func (d *dockerd) rename(c *dockerContainer, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.name = name
	d.event(events.ContainerEventType, events.ActionRename, c.id, "")
}

// rm is `docker rm -f`.
func (d *dockerd) rm(c *dockerContainer) {
	d.stop(c)
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.containers, c.id)
	d.must(os.RemoveAll(filepath.Dir(d.hosts(c.id))))
	d.event(events.ContainerEventType, events.ActionDestroy, c.id, "")
}

// restart is a restart of Docker: those who listen hear no more.
func (d *dockerd) restart() { d.events.HangUp() }
