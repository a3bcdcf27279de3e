package webapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/network"
)

// resource is a kind of objects as /v1 has it: collections, objects in them, and
// the verbs of HTTP.
type resource[T any] struct {
	kind   kind[T]
	path   string                 // of the collection
	one    string                 // what an object is called
	full   func(id string) string // the id that the model has for one as it is shown
	short  func(id string) string // the inverse
	naming []string               // the parameters that name an object

	contents *contents[T] // what may come and go with an object; nil: nothing
}

// name is what the collection is called.
func (r resource[T]) name() string { return strings.TrimPrefix(r.path, root) }

func (r resource[T]) listing(ctx context.Context, m *network.Model, req *http.Request, _ values) (reply, error) {
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return reply{}, refuse(err)
	}
	all, err := r.kind.candidates(ctx, m, r.narrow(query))
	if err != nil {
		return reply{}, err
	}
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(r.kind.idOf(a), r.kind.idOf(b)) })
	items, err := r.kind.shown(all)
	return reply{status: http.StatusOK, body: map[string]any{"items": passing(items, query)}}, err
}

func (r resource[T]) creation(ctx context.Context, m *network.Model, _ *http.Request, body values) (reply, error) {
	stored, err := r.create(ctx, m, body)
	if err != nil {
		return reply{}, err
	}
	answer, err := r.changed(http.StatusCreated, stored)
	answer.header = map[string]string{"Location": r.path + "/" + url.PathEscape(answer.changed[0])}
	return answer, err
}

// create creates an object, with its contents if it may have any.
func (r resource[T]) create(ctx context.Context, m *network.Model, body values) (stored T, err error) {
	if r.contents != nil {
		return r.contents.create(ctx, m, body)
	}
	v, err := r.kind.read(body)
	if err != nil {
		return stored, err
	}
	all, err := r.kind.create(m, ctx, v)
	if err != nil {
		return stored, err
	}
	return all[0], nil
}

func (r resource[T]) showing(ctx context.Context, m *network.Model, req *http.Request, _ values) (reply, error) {
	v, err := r.kind.find(m, ctx, r.full(req.PathValue("id")))
	if err != nil {
		return reply{}, missing(err)
	}
	return r.reply(http.StatusOK, v)
}

func (r resource[T]) change(ctx context.Context, m *network.Model, req *http.Request, body values) (reply, error) {
	stored, err := r.kind.update(m, ctx, r.patch(r.full(req.PathValue("id")), body))
	if err != nil {
		return reply{}, missing(err)
	}
	return r.changed(http.StatusOK, stored[0])
}

func (r resource[T]) removal(ctx context.Context, m *network.Model, req *http.Request, _ values) (reply, error) {
	id := req.PathValue("id")
	remove := r.kind.remove
	along, err := r.contents.along(req)
	switch {
	case err != nil:
		return reply{}, err
	case along:
		remove = r.contents.remove
	}
	return reply{status: http.StatusNoContent, changed: []string{id}}, missing(remove(m, ctx, r.full(id)))
}

// changed is an answer with one object, which is different now.
func (r resource[T]) changed(status int, v T) (reply, error) {
	answer, err := r.reply(status, v)
	answer.changed = []string{r.short(r.kind.idOf(v))}
	return answer, err
}

// reply is an answer with one object.
func (r resource[T]) reply(status int, v T) (reply, error) {
	shown, err := r.kind.shown([]T{v})
	if err != nil {
		return reply{}, err
	}
	return reply{status: status, body: shown[0]}, nil
}

// missing is an error of a request on an object that may not exist.
func missing(err error) error {
	if errors.Is(err, network.ErrNotFound) {
		return &refusal{http.StatusNotFound, err}
	}
	return err
}
