package names

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
)

// world is what a Keeper knows.
type world struct {
	mu     sync.Mutex
	host   string // "": not known yet
	root   string // the directory of this host's Docker; "": not known yet
	looked bool   // places are all that Docker has

	places  map[string]place   // the networks of this host's Docker, by NetworkID
	details map[string]details // of containers, by their ids
	shared  map[string]*shared // the logical networks that are followed
	hosts   map[string]bool    // all that were not removed; nil: not known yet

	suspects map[string]bool // logical networks in which there may be names that are to go
}

// place is a network of this host's Docker.
type place struct {
	network string            // its name
	logical string            // its logical network; "": it is another driver's
	members map[string]member // by container id
}

// member is a container in a place, as Docker tells it even while the container
// is just being started.
type member struct {
	endpoint  string
	name      string
	addresses []netip.Addr
}

// details are what Docker tells of a container, but for the time in which it is
// being started.
type details struct {
	asked, answered int // count the questions: an old answer is none
	name            string
	endpoints       map[string]endpoint // by what stands for the network: its name, or its id
}

// endpoint is what a container is in a network.
type endpoint struct {
	network string // NetworkID; "": the container was never started
	id      string // "": the container does not run
	aliases []string
}

// shared is what the store says of a logical network.
type shared struct {
	known   bool // there was an answer
	records map[holder]published
	stop    func()
}

func (w *world) begin() {
	w.places, w.details, w.shared = map[string]place{}, map[string]details{}, map[string]*shared{}
	w.suspects = map[string]bool{}
}

// called is the container name of a member. Docker shows the newest one in the
// container's details.
func (w *world) called(id string, m member) string {
	return cmp.Or(w.details[id].name, m.name)
}

// aliases are the further names of a member.
func (w *world) aliases(networkID, container string) []string {
	var all []string
	if isID(container) {
		all = append(all, container[:12]) // as Docker does
	}
	if e, named := w.endpoint(networkID, container); named {
		all = append(all, e.aliases...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// endpoint is what a container is in a network that it names.
func (w *world) endpoint(networkID, container string) (endpoint, bool) {
	for name, e := range w.details[container].endpoints {
		if e.network == networkID || e.network == "" && (name == networkID || name == w.places[networkID].network) {
			return e, true
		}
	}
	return endpoint{}, false
}

// isID tells whether Docker shows a container: others are endpoints of another
// host, or have none.
func isID(id string) bool {
	return len(id) == 64 && strings.Trim(id, "0123456789abcdef") == ""
}

// in are the NetworkIDs of what a container is in, or will be in when it is
// started. Docker asks its networks by the order of their names.
func (w *world) in(container string) (ids []string) {
	for id, p := range w.places {
		_, is := p.members[container]
		if _, named := w.endpoint(id, container); is || named {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(strings.Compare(w.places[a].network, w.places[b].network), strings.Compare(a, b))
	})
	return ids
}

// waits tells whether the store has yet to tell of a network that a container is
// in, or will be in.
func (w *world) waits(container string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.in(container), func(id string) bool { return !w.tells(w.places[id].logical) })
}

// tells tells whether the store has told of a logical network.
func (w *world) tells(logical string) bool {
	return logical == "" || w.shared[logical] != nil && w.shared[logical].known
}

// ours are the containers that are in a network of vlcp.
func (w *world) ours() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]bool{}
	for _, p := range w.places {
		for id := range p.members {
			if p.logical != "" && isID(id) {
				all[id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// isGone tells whether a host was removed.
func (w *world) isGone(host string) bool {
	return w.hosts != nil && !w.hosts[host] && host != w.host
}
