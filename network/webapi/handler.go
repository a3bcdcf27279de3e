package webapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/network"
)

// timeout bounds one call, from its first byte.
const timeout = 30 * time.Second

// Handler serves the API on the model that open gives; an error of open is the
// answer to the call. A nil log is silent. The statuses are
//
//	200  the call was made
//	400  the request can't be read
//	403  it comes from a web page, or for another host
//	404  there is no such call
//	405  it is neither GET nor POST
//	408  it took too long to arrive
//	413  it is too large
//	500  the call was refused, or failed
func Handler(open func(context.Context) (*network.Model, error), log *slog.Logger) http.Handler {
	return &handler{open: open, calls: viperflow(), log: logger(log)}
}

func logger(log *slog.Logger) *slog.Logger { return cmp.Or(log, slog.New(slog.DiscardHandler)) }

type handler struct {
	open  func(context.Context) (*network.Model, error)
	calls map[string]call // by path
	log   *slog.Logger
}

// values are parameters by name: text, or what literals and JSON have.
type values = map[string]any

// call is one call of the API. The result is to be written as JSON.
type call func(ctx context.Context, m *network.Model, p values) (result any, err error)

// refusal is the error of a request that is no call.
type refusal struct {
	status int
	error
}

func refusef(status int, format string, args ...any) error {
	return &refusal{status, fmt.Errorf(format, args...)}
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	log := h.log.With("call", r.URL.Path, "from", r.RemoteAddr)
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	result, err := h.guard(log, w, r.WithContext(ctx))
	if err != nil {
		log.Info("management call failed", "error", err)
		answer(w, statusOf(err), map[string]string{"error": explain(err)})
		return
	}
	log.Debug("management call")
	answer(w, http.StatusOK, map[string]json.RawMessage{"result": result})
}

// guard makes an error of a panic: one broken call must not end the others.
func (h *handler) guard(log *slog.Logger, w http.ResponseWriter, r *http.Request) (result []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("panic in a call", "panic", p, "stack", string(debug.Stack()))
			err = errors.New("internal error: see the log of vlcp")
		}
	}()
	return h.call(w, r)
}

// call makes the call that a request is, and answers its result as JSON.
func (h *handler) call(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if err := checkLocal(r); err != nil {
		return nil, err
	}
	call, found := h.calls[strings.TrimPrefix(r.URL.Path, "/")]
	if !found {
		return nil, refusef(http.StatusNotFound, "%.100q is no call: calls are /viperflow/<name>, such as /viperflow/listphysicalnetworks", r.URL.Path)
	}
	p, err := read(w, r)
	if err != nil {
		return nil, err
	}
	model, err := h.open(r.Context())
	if err != nil {
		return nil, err
	}
	result, err := call(r.Context(), model, p)
	if err != nil {
		return nil, err
	}
	return encode(result)
}

// statusOf is the status that says what an error is.
func statusOf(err error) int {
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		return refused.status
	}
	return http.StatusInternalServerError
}

// explain is an error as the caller reads it.
func explain(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("not done within %v: %v: list what there is, then try again", timeout, err)
	}
	return err.Error()
}

// answer writes the answer to a request.
func answer(w http.ResponseWriter, status int, body any) {
	text, _ := encode(body) // text, or what encode made: it never fails
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "GET, POST")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff") // it is no page, whatever it says
	w.WriteHeader(status)
	_, _ = w.Write(text) // whoever has gone needs no answer
}

// encode is json.Marshal for readers that are no browsers: < and > stay.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
