package webapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
)

// values are parameters by name: text, or what literals and JSON have.
type values = map[string]any

// call is one call of the original's API.
type call struct {
	do     func(ctx context.Context, m *network.Model, p values) (reply, error)
	about  string
	params map[string]string // what they are, by name
}

// result is the answer to a call that was made.
func result(v any) reply {
	return reply{status: http.StatusOK, body: map[string]any{"result": v}}
}

// call makes the call that a request is, of these by path.
func (h *handler) call(calls map[string]call) route {
	return func(w http.ResponseWriter, r *http.Request) (reply, error) {
		call, found := calls[r.URL.Path]
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
		return call.do(ctx, model, p)
	}
}

// discover is the call that lists the calls below root, and with details also
// their parameters.
func discover(root string, calls map[string]call) call {
	list := func(_ context.Context, _ *network.Model, p values) (reply, error) {
		details, err := param.Details(p)
		all := values{}
		for path, c := range calls {
			name := strings.TrimPrefix(path, root)
			if all[name] = c.about; details {
				all[name] = values{"description": c.about, "parameters": c.params}
			}
		}
		return result(all), err
	}
	return call{list, "list the calls", param.DescribeDetails()}
}

func noSuchPath(_ http.ResponseWriter, r *http.Request) (reply, error) {
	return reply{}, refusef(http.StatusNotFound, "%.100q is no call: calls are /viperflow/<name> and /vrouterapi/<name>, such as /viperflow/listphysicalnetworks; and %s describes /v1", r.URL.Path, documentPath)
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
