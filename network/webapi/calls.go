package webapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/vlcp-go/vlcp/network"
)

// values are parameters by name: text, or what literals and JSON have.
type values = map[string]any

// call is one call of the original's API.
type call func(ctx context.Context, m *network.Model, p values) (reply, error)

// result is the answer to a call that was made.
func result(v any) reply {
	return reply{status: http.StatusOK, body: map[string]any{"result": v}}
}

// call makes the call that a request is, of these by path.
func (h *handler) call(calls map[string]call) route {
	return func(w http.ResponseWriter, r *http.Request) (reply, error) {
		call, found := calls[strings.TrimPrefix(r.URL.Path, "/")]
		if !found {
			return noSuchPath(w, r)
		}
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		p, err := read(w, r.WithContext(ctx))
		if err != nil {
			return reply{}, err
		}
		model, err := h.open(ctx)
		if err != nil {
			return reply{}, err
		}
		return call(ctx, model, p)
	}
}

func noSuchPath(_ http.ResponseWriter, r *http.Request) (reply, error) {
	return reply{}, refusef(http.StatusNotFound, "%.100q is no call: calls are /viperflow/<name>, such as /viperflow/listphysicalnetworks; and %s describes /v1", r.URL.Path, documentPath)
}

// explainCall is the answer that an error of a call is.
func explainCall(err error) reply {
	answer := reply{status: http.StatusInternalServerError, body: map[string]string{"error": explain(err)}}
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		answer.status = refused.status
	}
	if answer.status == http.StatusMethodNotAllowed {
		answer.header = map[string]string{"Allow": "GET, POST"}
	}
	return answer
}
