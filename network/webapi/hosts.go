package webapi

import (
	"context"
	"net/http"
	"net/url"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// hostsName is what hosts are called in paths.
const hostsName = "hosts"

// addHosts adds the operations on hosts, which announce themselves.
func (v *v1) addHosts() {
	const path, tag = root + hostsName, "Host"
	host := reflect.TypeFor[client.Host]()
	v.add(huma.Operation{
		OperationID: "listHost", Method: http.MethodGet, Path: path, Summary: "The hosts", Tags: []string{tag},
		Parameters: v.filters(host),
		Responses:  v.answers(http.StatusOK, reflect.TypeFor[client.List[client.Host]](), http.StatusBadRequest),
	}, listHosts)
	v.add(huma.Operation{
		OperationID: "showHost", Method: http.MethodGet, Path: path + "/{id}", Summary: "One host", Tags: []string{tag},
		Parameters: byID(),
		Responses:  v.answers(http.StatusOK, host, http.StatusNotFound),
	}, oneHost)
	v.add(huma.Operation{
		OperationID: "deleteHost", Method: http.MethodDelete, Path: path + "/{id}", Summary: "Remove a host that is gone for good, with what was made there", Tags: []string{tag},
		Parameters: byID(),
		Responses:  v.answers(http.StatusNoContent, nil, http.StatusNotFound, http.StatusConflict),
	}, removeHost)
}

func listHosts(ctx context.Context, m *network.Model, r *http.Request, _ values) (reply, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return reply{}, refuse(err)
	}
	hosts, err := m.Hosts(ctx)
	if err != nil {
		return reply{}, err
	}
	items, err := showHosts(ctx, m, hosts)
	return reply{status: http.StatusOK, body: map[string]any{"items": passing(items, query)}}, err
}

func oneHost(ctx context.Context, m *network.Model, r *http.Request, _ values) (reply, error) {
	h, err := m.Host(ctx, r.PathValue("id"))
	if err != nil {
		return reply{}, missing(err)
	}
	items, err := showHosts(ctx, m, []network.Host{h})
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: items[0]}, nil
}

func removeHost(ctx context.Context, m *network.Model, r *http.Request, _ values) (reply, error) {
	id := r.PathValue("id")
	return reply{status: http.StatusNoContent, changed: []string{id}}, missing(m.RemoveHost(ctx, id))
}

// showHosts are hosts as /v1 shows them.
func showHosts(ctx context.Context, m *network.Model, hosts []network.Host) ([]values, error) {
	living, err := m.Living(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]values, len(hosts))
	for i, h := range hosts {
		if items[i], err = showHost(h, living); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// showHost is a host with whether its agent lives.
func showHost(h network.Host, living map[string]bool) (values, error) {
	shown, err := attributes(h)
	if err != nil {
		return nil, err
	}
	shown["alive"] = living[h.ID]
	return shown, nil
}
