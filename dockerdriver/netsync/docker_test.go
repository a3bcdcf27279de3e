package netsync_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/dockertest"
)

// dockerd is a Docker in memory, as far as networks go: it answers the API, and
// calls a plugin as Docker does.
type dockerd struct {
	t       testing.TB
	name    string // of its host
	version string // of the API

	away   atomic.Bool // it does not run
	events *dockertest.Events

	mu         dockertest.Lock
	plugin     http.Handler // nil: it does not run
	callsLeft  int          // with 1 the plugin dies at the next call; 0: it does not
	made       int
	networks   map[string]*dockerNetwork    // by id
	taken      map[string]bool              // names of networks that are being created
	containers map[string]container.Summary // by name
	history    []events.Message
	created    func(id string)        // is called after each creation
	creating   func() error           // is called before a network is there that the plugin has made; Docker gives up on an error
	hidden     func()                 // is called when a network that is being removed is not shown any more
	removing   func()                 // is called before a removal that the API asks for
	show       func(*network.Inspect) // changes what is shown of networks
}

type dockerNetwork struct {
	network.Inspect
	pools []string
}

type object = map[string]any

func newDockerd(t testing.TB, name, version string) *dockerd {
	return &dockerd{t: t, name: name, version: version, events: dockertest.NewEvents(), mu: dockertest.NewLock(), networks: map[string]*dockerNetwork{}, taken: map[string]bool{},
		containers: map[string]container.Summary{}}
}

func (d *dockerd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Api-Version", d.version)
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case d.away.Load():
		http.Error(w, `{"message":"Docker is not there"}`, http.StatusServiceUnavailable)
	case r.URL.Path == "/_ping":
	case path == "events":
		d.serveEvents(w, r)
	case path == "networks":
		dockertest.Answer(w, d.list())
	case path == "networks/create":
		var req network.CreateRequest
		if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
			d.t.Error(err)
		}
		d.reply(w, func() (any, int, error) { return d.create(req) })
	case r.Method == http.MethodDelete:
		d.beforeRemoval()
		d.reply(w, func() (any, int, error) {
			return nil, http.StatusForbidden, d.remove(strings.TrimPrefix(path, "networks/"))
		})
	case path == "containers/json":
		d.mu.Lock()
		defer d.mu.Unlock()
		dockertest.Answer(w, slices.Collect(maps.Values(d.containers)))
	default:
		d.t.Errorf("Docker was asked %s %s", r.Method, r.URL)
	}
}

func (d *dockerd) reply(w http.ResponseWriter, do func() (any, int, error)) {
	answer, status, err := do()
	if err != nil {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		dockertest.Answer(w, object{"message": err.Error()})
		return
	}
	dockertest.Answer(w, answer)
}

func (d *dockerd) list() []network.Summary {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := []network.Summary{{Name: "bridge", ID: "b0", Driver: "bridge", Scope: "local"}}
	for _, n := range d.networks {
		shown := n.Inspect
		shown.Options, shown.IPAM.Options = maps.Clone(n.Options), maps.Clone(n.IPAM.Options)
		shown.IPAM.Config = slices.Clone(n.IPAM.Config)
		if d.show != nil {
			d.show(&shown)
		}
		all = append(all, shown)
	}
	return all
}

// create makes a network as Docker does, with the calls of the plugin.
func (d *dockerd) create(req network.CreateRequest) (any, int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.taken[req.Name] || d.has(req.Name) {
		return nil, http.StatusConflict, fmt.Errorf("network with name %s already exists", req.Name)
	}
	d.taken[req.Name] = true
	defer delete(d.taken, req.Name)
	d.made++
	n := &dockerNetwork{Inspect: network.Inspect{
		Name: req.Name, ID: fmt.Sprintf("%s-%d-%s", d.name, d.made, strings.Repeat("0", 50)), Scope: "local", Driver: req.Driver,
		EnableIPv4: req.EnableIPv4 == nil || *req.EnableIPv4, EnableIPv6: req.EnableIPv6 != nil && *req.EnableIPv6, Internal: req.Internal,
		Attachable: req.Attachable, Options: req.Options, Labels: req.Labels, IPAM: *req.IPAM,
	}}
	if n.Driver == "vlcp" {
		if err := d.createAtPlugin(n); err != nil {
			return nil, http.StatusInternalServerError, err
		}
	}
	if err := d.store(n); err != nil {
		d.removeAtPlugin(n)
		return nil, http.StatusInternalServerError, err
	}
	d.event(events.NetworkEventType, events.ActionCreate, n.ID)
	if created := d.created; created != nil {
		d.mu.Unlock()
		created(n.ID)
		d.mu.Lock()
	}
	return network.CreateResponse{ID: n.ID}, 0, nil
}

func (d *dockerd) has(name string) bool {
	for _, n := range d.networks {
		if n.Name == name {
			return true
		}
	}
	return false
}

// store has a network be there. That may take its time.
func (d *dockerd) store(n *dockerNetwork) error {
	if creating := d.creating; creating != nil {
		d.mu.Unlock()
		err := creating()
		d.mu.Lock()
		if err != nil {
			return err
		}
	}
	d.networks[n.ID] = n
	return nil
}

func (d *dockerd) createAtPlugin(n *dockerNetwork) error {
	v4, v6 := []object{}, []object{}
	if n.IPAM.Driver == "vlcp" {
		spaces, err := d.call("IpamDriver.GetDefaultAddressSpaces", object{})
		if err != nil {
			return err
		}
		if len(n.IPAM.Config) == 0 {
			n.IPAM.Config = []network.IPAMConfig{{}}
		}
		for i := range n.IPAM.Config {
			pool, err := d.pool(n, &n.IPAM.Config[i], spaces["LocalDefaultAddressSpace"])
			if err != nil {
				return err
			}
			if strings.Contains(pool["Pool"].(string), ":") {
				v6 = append(v6, pool)
			} else {
				v4 = append(v4, pool)
			}
		}
	}
	_, err := d.call("NetworkDriver.CreateNetwork", object{"NetworkID": n.ID, "IPv4Data": v4, "IPv6Data": v6,
		"Options": object{"com.docker.network.internal": n.Internal, "com.docker.network.generic": n.Options}})
	return err
}

// pool asks for one pool with its gateway and reserved addresses, and writes
// down what Docker shows of it.
func (d *dockerd) pool(n *dockerNetwork, c *network.IPAMConfig, space any) (object, error) {
	if c.Gateway == "0.0.0.0" { // as Docker 29 has it
		return nil, errors.New("invalid network config: invalid gateway 0.0.0.0: parent subnet doesn't contain this address")
	}
	pool, err := d.call("IpamDriver.RequestPool", object{"AddressSpace": space, "Pool": c.Subnet, "SubPool": c.IPRange, "Options": n.IPAM.Options})
	if err != nil {
		return nil, err
	}
	id := pool["PoolID"].(string)
	n.pools = append(n.pools, id)
	more, _ := pool["Data"].(object)
	offered, _ := more["com.docker.network.gateway"].(string)
	if offered == "" || c.Gateway != "" {
		gateway, err := d.call("IpamDriver.RequestAddress", object{"PoolID": id, "Address": c.Gateway, "Options": object{"RequestAddressType": "com.docker.network.gateway"}})
		if err != nil {
			return nil, err
		}
		offered = gateway["Address"].(string)
	}
	for _, a := range c.AuxAddress {
		if _, err := d.call("IpamDriver.RequestAddress", object{"PoolID": id, "Address": a}); err != nil {
			return nil, err
		}
	}
	c.Subnet = pool["Pool"].(string)
	c.Gateway, _, _ = strings.Cut(offered, "/")
	return object{"AddressSpace": space, "Pool": pool["Pool"], "Gateway": offered}, nil
}

// remove removes a network: Docker does so whatever the plugin says, also where
// it is not there.
func (d *dockerd) remove(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.networks[id]
	if n == nil {
		return fmt.Errorf("network %s not found", id)
	}
	for _, c := range d.containers {
		if c.State == container.StateRunning && c.NetworkSettings.Networks[n.Name] != nil {
			return fmt.Errorf("network %s has active endpoints", n.Name)
		}
	}
	delete(d.networks, id) // before it tells so
	if hidden := d.hidden; hidden != nil {
		d.mu.Unlock()
		hidden()
		d.mu.Lock()
	}
	if d.plugin != nil && n.Driver == "vlcp" {
		d.removeAtPlugin(n)
	}
	d.event(events.NetworkEventType, events.ActionDestroy, id)
	return nil
}

func (d *dockerd) removeAtPlugin(n *dockerNetwork) {
	for i, pool := range n.pools {
		d.must("IpamDriver.ReleaseAddress", object{"PoolID": pool, "Address": n.IPAM.Config[i].Gateway})
		for _, a := range n.IPAM.Config[i].AuxAddress {
			d.must("IpamDriver.ReleaseAddress", object{"PoolID": pool, "Address": a})
		}
		d.must("IpamDriver.ReleasePool", object{"PoolID": pool})
	}
	d.must("NetworkDriver.DeleteNetwork", object{"NetworkID": n.ID})
}

func (d *dockerd) must(call string, req object) {
	if _, err := d.call(call, req); err != nil && d.plugin != nil {
		d.t.Errorf("%s: %v", call, err)
	}
}

// call makes a call of the plugin.
func (d *dockerd) call(name string, req object) (object, error) {
	if d.callsLeft > 0 {
		if d.callsLeft--; d.callsLeft == 0 {
			d.plugin = nil
		}
	}
	if !d.awaitPlugin() {
		return nil, fmt.Errorf("%s: the plugin does not answer", name)
	}
	body, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	d.plugin.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/"+name, strings.NewReader(string(body))))
	var answer object
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		return nil, err
	}
	if w.Code != http.StatusOK {
		return nil, fmt.Errorf("%s: %v", name, answer["Err"])
	}
	return answer, nil
}

// awaitPlugin looks for a plugin that does not run as often as Docker does. Who
// waits for Docker's answer may go away meanwhile: Docker goes on.
func (d *dockerd) awaitPlugin() bool {
	for pause := time.Second; d.plugin == nil && pause <= 8*time.Second; pause *= 2 {
		d.mu.Unlock()
		time.Sleep(pause)
		d.mu.Lock()
	}
	return d.plugin != nil
}

// dieAt has the plugin die at one of the calls to come.
func (d *dockerd) dieAt(call int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.callsLeft = call
}

// event tells those who listen, and remembers it.
func (d *dockerd) event(kind events.Type, action events.Action, id string) {
	e := events.Message{Type: kind, Action: action, Actor: events.Actor{ID: id}, TimeNano: time.Now().UnixNano()}
	d.history = append(d.history, e)
	d.events.Tell(e)
}

func (d *dockerd) serveEvents(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("until") == "" {
		d.events.ServeHTTP(w, r)
		return
	}
	w.WriteHeader(http.StatusOK)
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.history {
		if e.Type == events.NetworkEventType && e.Action == events.ActionDestroy {
			dockertest.Answer(w, e)
		}
	}
}

// restart is a restart of Docker: it forgets its events, and with wipe its
// networks.
func (d *dockerd) restart(wipe bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.history = nil
	d.events.HangUp()
	if wipe {
		clear(d.networks)
	}
}

// put has a container in a network; with "" there is none of that name.
func (d *dockerd) put(name, network string, state container.ContainerState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if network == "" {
		delete(d.containers, name)
		d.event(events.ContainerEventType, events.ActionDestroy, name)
		return
	}
	d.containers[name] = inNetwork(name, network, state)
}

func inNetwork(name, net string, state container.ContainerState) container.Summary {
	c := container.Summary{Names: []string{"/" + name}, State: state}
	c.NetworkSettings = &container.NetworkSettingsSummary{Networks: map[string]*network.EndpointSettings{net: {}}}
	return c
}

// set changes what happens meanwhile.
func (d *dockerd) set(change func(d *dockerd)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

func (d *dockerd) beforeRemoval() {
	d.mu.Lock()
	removing := d.removing
	d.mu.Unlock()
	if removing != nil {
		removing()
	}
}

// use has a plugin serve this Docker; nil: none.
func (d *dockerd) use(plugin http.Handler) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plugin = plugin
}
