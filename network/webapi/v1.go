package webapi

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// v1 is the API of resources. A route and its part of the OpenAPI document are
// made of one operation.
type v1 struct {
	*handler
	doc     *huma.OpenAPI
	adapter huma.Adapter
	allowed map[string][]string // methods by path
}

func (h *handler) addV1() {
	v := &v1{h, newDocument(), humago.NewAdapter(h.mux, ""), map[string][]string{}}
	addResource[client.PhysicalNetwork](v, physicalNetworkResource())
	addResource[client.PhysicalPort](v, physicalPortResource())
	addResource[client.Network](v, networkResource())
	addResource[client.Subnet](v, subnetResource())
	addResource[client.Port](v, portResource())
	addResource[client.Router](v, routerResource())
	addResource[client.RouterInterface](v, routerInterfaceResource())
	v.addHosts()
	v.addWatch()
	v.addDocument()
	v.refuseOthers()
}

// action does what a request to one operation asks for.
type action func(ctx context.Context, m *network.Model, r *http.Request, body values) (reply, error)

// add adds an operation, and documents it.
func (v *v1) add(op huma.Operation, do action) {
	v.doc.AddOperation(&op)
	v.handle(op, func(w http.ResponseWriter, r *http.Request) (reply, error) {
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		body, err := readBody(w, r.WithContext(ctx), op.RequestBody)
		if err != nil {
			return reply{}, err
		}
		model, err := v.model(ctx)
		if err != nil {
			return reply{}, err
		}
		return do(ctx, model, r, body)
	})
}

// model is the model, as soon as there is one.
func (v *v1) model(ctx context.Context) (*network.Model, error) {
	m, err := v.open(ctx)
	if err != nil {
		return nil, &refusal{http.StatusServiceUnavailable, err}
	}
	return m, nil
}

func (v *v1) handle(op huma.Operation, do route) {
	v.allowed[op.Path] = append(v.allowed[op.Path], op.Method)
	endpoint := v.endpoint(do, explainProblem)
	v.adapter.Handle(&op, func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		endpoint(w, r)
	})
}

// refuseOthers answers for the methods that a path does not have, and for all
// other paths.
func (v *v1) refuseOthers() {
	for _, path := range slices.Collect(maps.Keys(v.allowed)) {
		allow := strings.Join(slices.Sorted(slices.Values(v.allowed[path])), ", ")
		v.handle(huma.Operation{Path: path}, func(_ http.ResponseWriter, r *http.Request) (reply, error) {
			return reply{}, &notAllowed{allow, fmt.Errorf("%.100q is no method for %s: use %s", r.Method, path, allow)}
		})
	}
	for _, path := range []string{strings.TrimSuffix(root, "/"), root} {
		v.handle(huma.Operation{Path: path}, func(_ http.ResponseWriter, r *http.Request) (reply, error) {
			return reply{}, refusef(http.StatusNotFound, "there is no %.100q: %s tells what there is", r.URL.Path, documentPath)
		})
	}
}
