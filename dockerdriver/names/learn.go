package names

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/network"
)

// put is what Docker says of a network. It gives the containers whose details
// are missing.
func (w *world) put(id string, p place) (missing []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.places[id] = p
	for container, m := range p.members {
		e, _ := w.endpoint(id, container)
		if d := w.details[container]; isID(container) && e.id != m.endpoint && d.asked == d.answered {
			missing = append(missing, container)
		}
	}
	return missing
}

func (w *world) drop(networkID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.places, networkID)
}

// joins is that a container has come into a network, of which the rest is to be
// asked. It tells whether that is one of ours.
func (w *world) joins(container, networkID string) (ours bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, known := w.places[networkID]
	if !known || p.logical == "" || !isID(container) {
		return false
	}
	if _, known := p.members[container]; !known {
		p.members[container] = member{}
	}
	return true
}

// keep is which networks and containers there are at all.
func (w *world) keep(networks map[string]bool, containers []container.Summary) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id := range w.places {
		if !networks[id] {
			delete(w.places, id)
		}
	}
	exists := map[string]bool{}
	for _, c := range containers {
		exists[c.ID] = true
		w.list(c)
	}
	for id, d := range w.details {
		if !exists[id] && d.asked == d.answered {
			delete(w.details, id)
		}
	}
}

// preview is what a list tells of containers that are new.
func (w *world) preview(containers []container.Summary) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range containers {
		w.list(c)
	}
}

// list is the little that a list tells of a container: its name, and which
// networks it names, but no aliases.
func (w *world) list(c container.Summary) {
	d := w.details[c.ID]
	if len(c.Names) > 0 {
		d.name = strings.TrimPrefix(c.Names[0], "/")
	}
	named := map[string]endpoint{}
	for name, s := range settings(c) {
		e := d.endpoints[name]
		if s.NetworkID != e.network {
			e = endpoint{network: s.NetworkID}
		}
		named[name] = e
	}
	d.endpoints = named
	w.details[c.ID] = d
}

// settings are a container's networks as a list tells them.
func settings(c container.Summary) map[string]*network.EndpointSettings {
	if c.NetworkSettings == nil {
		return nil
	}
	all := maps.Clone(c.NetworkSettings.Networks)
	maps.DeleteFunc(all, func(_ string, s *network.EndpointSettings) bool { return s == nil })
	return all
}

// idle are the containers that will be in a network of ours when they are started.
func (w *world) idle() (ids []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ours := map[string]place{} // by what stands for them
	for id, p := range w.places {
		if p.logical != "" {
			ours[id], ours[p.network] = p, p
		}
	}
	for id, d := range w.details {
		for name, e := range d.endpoints {
			p, named := ours[cmp.Or(e.network, name)]
			if _, is := p.members[id]; named && !is {
				ids = append(ids, id)
				break
			}
		}
	}
	return ids
}

// ask counts a question for a container's details.
func (w *world) ask(container string) (number int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.details[container]
	d.asked++
	w.details[container] = d
	return d.asked
}

// describe is the answer to a question; without a name there was none.
func (w *world) describe(id string, number int, name string, networks map[string]*network.EndpointSettings) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d, known := w.details[id]
	if !known || number <= d.answered {
		return
	}
	if d.answered = number; name != "" {
		d.name, d.endpoints = strings.TrimPrefix(name, "/"), endpoints(networks)
	}
	w.details[id] = d
}

// endpoints are those of a container. Docker since 26 shows the names that its
// DNS has beside the aliases.
func endpoints(networks map[string]*network.EndpointSettings) map[string]endpoint {
	all := map[string]endpoint{}
	for name, s := range networks {
		if s == nil {
			continue
		}
		e := endpoint{network: s.NetworkID, id: s.EndpointID}
		for _, alias := range slices.Concat(s.Aliases, s.DNSNames) {
			if isName(alias) {
				e.aliases = append(e.aliases, alias)
			}
		}
		all[name] = e
	}
	return all
}

// hearHosts is which hosts there are. It tells whether one has gone, or may have
// before.
func (w *world) hearHosts(hosts map[string]bool) (gone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	gone = w.hosts == nil
	for id, was := range w.hosts {
		gone = gone || was && !hosts[id]
	}
	w.hosts = maps.Clone(hosts)
	return gone
}

// identify is who this host is, and where its Docker has its files.
func (w *world) identify(host, root string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.host, w.root = host, root
}

// complete is that all that Docker has is known.
func (w *world) complete() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked = true
}

func (w *world) rootDir() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.root
}
