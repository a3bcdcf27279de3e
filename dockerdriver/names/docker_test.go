package names

import (
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/system"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/dockertest"
)

// dockerd is a Docker in memory, as far as names go, with hosts files as Docker
// writes them.
type dockerd struct {
	t     testing.TB
	root  string
	away  atomic.Bool // it does not run
	late  bool        // as Docker 26: it writes hosts files anew right before the process starts
	quick bool        // as Docker 28: the process starts right after the networks are there
	mute  bool        // it does not tell that a container is in a network
	early bool        // a process starts at once, before anybody could have done anything

	events *dockertest.Events

	mu         dockertest.Lock
	networks   map[string]*dockerNetwork
	containers map[string]*dockerContainer
	changed    func(container string) // is told of changes of hosts files; nil: nobody
	opened     func(container string) // holds up a process that opens its hosts file; nil: nobody does
}

type dockerNetwork struct {
	id, name, driver, scope string
	next                    func() []netip.Addr // addresses for a container
	members                 map[string]*dockerEndpoint
}

type dockerEndpoint struct {
	id, name  string
	addresses []netip.Addr
}

type dockerContainer struct {
	id, name string
	running  bool
	busy     dockertest.Lock     // is held while it is being started
	aliases  map[string][]string // of the networks that it names, by their names
	atFirst  string              // its hosts file when its process began
}

func newDockerd(t testing.TB) *dockerd {
	d := &dockerd{t: t, root: t.TempDir(), events: dockertest.NewEvents(), mu: dockertest.NewLock(), networks: map[string]*dockerNetwork{},
		containers: map[string]*dockerContainer{}}
	d.must(os.Mkdir(containersDir(d.root), 0o755))
	return d
}

func (d *dockerd) must(err error) {
	if err != nil {
		d.t.Error(err)
	}
}

func (d *dockerd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", "1.41")
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	kind, id, _ := strings.Cut(path, "/")
	id, _, _ = strings.Cut(id, "/")
	switch {
	case d.away.Load():
		http.Error(w, `{"message":"Docker is not there"}`, http.StatusServiceUnavailable)
	case r.URL.Path == "/_ping":
	case path == "info":
		dockertest.Answer(w, system.Info{DockerRootDir: d.root})
	case path == "events":
		d.events.ServeHTTP(w, r)
	case path == "networks":
		dockertest.Answer(w, d.listNetworks())
	case kind == "networks":
		d.inspectNetwork(w, id)
	case path == "containers/json":
		dockertest.Answer(w, d.listContainers())
	case kind == "containers":
		d.inspectContainer(w, id)
	default:
		d.t.Errorf("Docker was asked %s %s", r.Method, r.URL)
	}
}

func (d *dockerd) listNetworks() (all []network.Summary) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.networks {
		all = append(all, network.Summary{ID: n.id, Name: n.name, Driver: n.driver, Scope: n.scope})
	}
	return append(all, network.Summary{ID: "b0", Name: "bridge", Driver: "bridge", Scope: "local"})
}

func (d *dockerd) inspectNetwork(w http.ResponseWriter, id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.networks[id]
	if n == nil {
		http.Error(w, `{"message":"no such network"}`, http.StatusNotFound)
		return
	}
	shown := network.Inspect{ID: n.id, Name: n.name, Driver: n.driver, Scope: n.scope, Containers: map[string]network.EndpointResource{}}
	for id, e := range n.members {
		r := network.EndpointResource{Name: e.name, EndpointID: e.id}
		for _, a := range e.addresses {
			if a.Is4() {
				r.IPv4Address = a.String() + "/16"
			} else {
				r.IPv6Address = a.String() + "/64"
			}
		}
		shown.Containers[id] = r
	}
	dockertest.Answer(w, shown)
}

func (d *dockerd) listContainers() (all []container.Summary) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.containers {
		nets := d.settings(c)
		for _, s := range nets {
			s.Aliases = nil // a list has none
		}
		all = append(all, container.Summary{ID: c.id, Names: []string{"/" + c.name}, NetworkSettings: &container.NetworkSettingsSummary{Networks: nets}})
	}
	return all
}

func (d *dockerd) settings(c *dockerContainer) map[string]*network.EndpointSettings {
	all := map[string]*network.EndpointSettings{}
	for name, aliases := range c.aliases {
		s := &network.EndpointSettings{Aliases: slices.Clone(aliases)}
		if n := d.network(name); n != nil && n.members[c.id] != nil {
			s.NetworkID, s.EndpointID = n.id, n.members[c.id].id
		}
		all[name] = s
	}
	return all
}

func (d *dockerd) network(name string) *dockerNetwork {
	for _, n := range d.networks {
		if n.name == name {
			return n
		}
	}
	return nil
}

func (d *dockerd) inspectContainer(w http.ResponseWriter, id string) {
	d.mu.Lock()
	c := d.containers[id]
	d.mu.Unlock()
	if c == nil {
		http.Error(w, `{"message":"no such container"}`, http.StatusNotFound)
		return
	}
	c.busy.Lock()
	defer c.busy.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	dockertest.Answer(w, container.InspectResponse{ContainerJSONBase: &container.ContainerJSONBase{ID: id, Name: "/" + c.name},
		NetworkSettings: &container.NetworkSettings{Networks: d.settings(c)}})
}

func (d *dockerd) event(kind events.Type, action events.Action, id, container string) {
	if d.away.Load() {
		return
	}
	d.events.Tell(events.Message{Type: kind, Action: action, Actor: events.Actor{ID: id, Attributes: map[string]string{"container": container}}})
}

// hosts is the path of a container's hosts file.
func (d *dockerd) hosts(id string) string {
	return filepath.Join(containersDir(d.root), hostsPath(id))
}

// writeHosts changes a hosts file in place, as Docker does.
func (d *dockerd) writeHosts(id string, change func(string) string) {
	old, _ := os.ReadFile(d.hosts(id))
	d.must(os.WriteFile(d.hosts(id), []byte(change(string(old))), 0o644))
	d.must(os.Chtimes(d.hosts(id), time.Time{}, time.Now())) // that of the bubble
	if d.changed != nil {
		d.changed(id)
	}
}

// buildHosts is the hosts file that a container begins with.
func (d *dockerd) buildHosts(c *dockerContainer) string {
	text := "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n"
	for _, n := range d.networks {
		if e := n.members[c.id]; e != nil {
			text += ownLines(c, e)
		}
	}
	return text
}

func ownLines(c *dockerContainer, e *dockerEndpoint) (text string) {
	for _, a := range e.addresses {
		text += fmt.Sprintf("%s\t%s\n", a, c.id[:12])
	}
	return text
}
