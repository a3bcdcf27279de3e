package webapi

import (
	"bytes"
	"slices"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// change is one event of a stream.
type change struct {
	event   string
	Kind    string   `json:"kind,omitempty"`
	ID      string   `json:"id,omitempty"`
	Object  values   `json:"object,omitempty"`
	Kinds   []string `json:"kinds,omitempty"`
	Problem string   `json:"problem,omitempty"`
}

// appendTo writes the event (WHATWG HTML, 9.2.6).
func (c change) appendTo(b *bytes.Buffer) error {
	data, err := encode(c)
	if err != nil {
		return err
	}
	b.WriteString("event: " + c.event + "\ndata: ")
	b.Write(data) // ends in a newline, and has no other
	b.WriteByte('\n')
	return nil
}

// watched is what of the model a stream can follow.
type watched struct {
	name  string // as in its path
	kind  network.Kind
	show  func(any) (values, error)
	short func(id string) string // its id, of the model's
}

// watchable are the kinds of objects that a stream can follow, but for hosts.
func watchable() []watched {
	return []watched{
		follow(physicalNetworkResource(), network.KindPhysical),
		follow(physicalPortResource(), network.KindPhysicalPort),
		follow(networkResource(), network.KindNetwork),
		follow(subnetResource(), network.KindSubnet),
		follow(portResource(), network.KindPort),
		follow(routerResource(), network.KindRouter),
		follow(routerInterfaceResource(), network.KindInterface),
	}
}

func follow[T any](r resource[T], kind network.Kind) watched {
	return watched{r.name(), kind, func(v any) (values, error) {
		shown, err := r.kind.shown([]T{v.(T)})
		if err != nil {
			return nil, err
		}
		return shown[0], nil
	}, r.short}
}

// feed makes events of what a watch delivers.
type feed struct {
	kinds []watched
	known map[network.Kind]bool // there was a snapshot of it
	hosts hosts
}

func newFeed() *feed {
	return &feed{kinds: watchable(), known: map[network.Kind]bool{}}
}

// changes are the events of an update.
func (f *feed) changes(u network.Update) ([]change, error) {
	if slices.Contains(u.Kinds, network.KindHost) || slices.Contains(u.Kinds, network.KindAgent) {
		return f.hosts.changes(u)
	}
	var all []change
	if u.Snapshot && f.known[u.Kinds[0]] {
		all = append(all, change{event: client.EventResync, Kinds: f.names(u.Kinds)})
	}
	for _, o := range u.Objects {
		c, err := f.of(o)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if u.Snapshot {
		f.known[u.Kinds[0]] = true
		all = append(all, change{event: client.EventSynced, Kinds: f.names(u.Kinds)})
	}
	return all, nil
}

// of is the event of one object.
func (f *feed) of(o network.Object) (c change, err error) {
	k := f.kinds[slices.IndexFunc(f.kinds, func(k watched) bool { return k.kind == o.Kind })]
	c = change{event: client.EventDelete, Kind: k.name, ID: k.short(o.ID)}
	if o.Value != nil {
		c.event = client.EventPut
		c.Object, err = k.show(o.Value)
	}
	return c, err
}

// names are the names of kinds.
func (f *feed) names(kinds []network.Kind) (all []string) {
	for _, k := range f.kinds {
		if slices.Contains(kinds, k.kind) {
			all = append(all, k.name)
		}
	}
	return all
}
