package webapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vlcp-go/vlcp/network"
)

// maxStreams bounds how many clients follow the model at once.
const maxStreams = 100

const watchDescription = `Server-sent events that follow the model, for as long as the client reads them. Each has JSON data.

- put: {"kind": "networks", "id": "blue", "object": {…}}, an object that exists, or is different now
- delete: {"kind": "networks", "id": "blue"}, an object that is gone
- synced: {"kinds": ["networks", …]}, all that exist of these kinds were sent
- resync: {"kinds": ["networks", …]}, the store lost track: forget these kinds, all that exist of them follow, and synced
- failed: {"problem": "…"}, the stream ends

First comes all that exists, then what changes. A comment every 15 seconds shows that the agent lives. A client that takes nothing for 10 seconds is cut off.`

// addWatch adds the stream of what changes.
func (v *v1) addWatch() {
	op := huma.Operation{
		OperationID: "watch", Method: http.MethodGet, Path: root + "watch", Summary: "Follow what changes", Description: watchDescription,
		Parameters: []*huma.Param{{
			Name: "kind", In: "query", Style: "form", Explode: new(true), Description: "what to follow; all if not given",
			Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Enum: anys(watchNames())}},
		}},
		Responses: v.answers(http.StatusOK, nil, http.StatusUnprocessableEntity),
	}
	op.Responses[statusName(http.StatusOK)].Content = map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}
	v.doc.AddOperation(&op)
	free := make(chan struct{}, maxStreams)
	v.handle(op, func(w http.ResponseWriter, r *http.Request) (reply, error) {
		select {
		case free <- struct{}{}:
			defer func() { <-free }()
		default:
			return reply{}, refusef(http.StatusServiceUnavailable, "%d clients watch already: end one of them", maxStreams)
		}
		return v.watch(w, r)
	})
}

func (v *v1) watch(w http.ResponseWriter, r *http.Request) (reply, error) {
	kinds, err := kindsOf(r.URL.Query()["kind"])
	if err != nil {
		return reply{}, err
	}
	ctx, cancel := untilClosing(r)
	defer cancel()
	m, err := v.model(ctx)
	if err != nil {
		return reply{}, err
	}
	v.log.Debug("stream ended", "from", r.RemoteAddr, "reason", stream(ctx, m, w, kinds))
	return reply{}, nil
}

// watchNames are the names of what can be followed.
func watchNames() []string {
	names := []string{hostsName}
	for _, k := range watchable() {
		names = append(names, k.name)
	}
	slices.Sort(names)
	return names
}

// kindsOf are the kinds of the model that these names say; without a name all.
func kindsOf(names []string) (kinds []network.Kind, err error) {
	all := watchNames()
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, refusef(http.StatusUnprocessableEntity, "kind: %.100q is none: use %s", name, strings.Join(all, ", "))
		}
	}
	has := func(name string) bool { return len(names) == 0 || slices.Contains(names, name) }
	for _, k := range watchable() {
		if has(k.name) {
			kinds = append(kinds, k.kind)
		}
	}
	if has(hostsName) {
		kinds = append(kinds, network.KindHost, network.KindAgent)
	}
	return kinds, nil
}

func anys(texts []string) []any {
	all := make([]any, len(texts))
	for i, text := range texts {
		all[i] = text
	}
	return all
}
