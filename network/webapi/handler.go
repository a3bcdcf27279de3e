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
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/network"
)

// timeout bounds one call, from its first byte.
const timeout = 30 * time.Second

// Handler serves the API on the model that open gives; an error of open is the
// answer to the call. A nil log is silent. The statuses of /viperflow and /vrouterapi are
//
//	200  the call was made
//	400  the request can't be read
//	403  it comes from a web page, or for another host
//	404  there is no such call
//	405  it is neither GET nor POST
//	408  it took too long to arrive
//	413  it is too large
//	500  the call was refused, or failed
//
// and those of /v1 are in its OpenAPI document, at /openapi.json.
func Handler(open func(context.Context) (*network.Model, error), log *slog.Logger) http.Handler {
	h := &handler{open: open, log: logger(log), mux: http.NewServeMux()}
	h.mux.Handle("/", h.endpoint(h.call(originals()), explainCall))
	h.addV1()
	return h
}

func logger(log *slog.Logger) *slog.Logger { return cmp.Or(log, slog.New(slog.DiscardHandler)) }

type handler struct {
	open func(context.Context) (*network.Model, error)
	log  *slog.Logger
	mux  *http.ServeMux
}

// ServeHTTP refuses paths that the mux would redirect.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if escaped := r.URL.EscapedPath(); path.Clean(escaped) != escaped {
		explain := explainCall
		if strings.HasPrefix(r.URL.Path, root) {
			explain = explainProblem
		}
		h.endpoint(noSuchPath, explain)(w, r)
		return
	}
	h.mux.ServeHTTP(w, r)
}

// reply is the answer to a request.
type reply struct {
	status int // 0: it was answered already
	header map[string]string
	body   any // is written as JSON; nil: there is none

	changed []string // ids of objects that are different now
}

// refusal is the error of a request that is no call.
type refusal struct {
	status int
	error
}

func refusef(status int, format string, args ...any) error {
	return &refusal{status, fmt.Errorf(format, args...)}
}

// route does what a request asks for.
type route func(w http.ResponseWriter, r *http.Request) (reply, error)

// endpoint answers what a route does; explain is the answer that an error is.
func (h *handler) endpoint(do route, explain func(error) reply) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		log := h.log.With("call", r.Method+" "+r.URL.Path)
		who, err := doorOf(r).check(r)
		log = log.With("by", cmp.Or(who, r.RemoteAddr))
		var answer reply
		if err == nil {
			answer, err = guard(log, w, r, do)
		}
		switch {
		case err != nil:
			log.Info("management call failed", "error", err)
			answer = explain(err)
		case answer.changed != nil:
			log.Info("management call changed the model", "ids", answer.changed)
		default:
			log.Debug("management call")
		}
		if answer.status != 0 {
			answer.write(w)
		}
	}
}

// guard makes an error of a panic: one broken call must not end the others.
func guard(log *slog.Logger, w http.ResponseWriter, r *http.Request, do route) (answer reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("panic in a call", "panic", p, "stack", string(debug.Stack()))
			err = errors.New("internal error: see the log of vlcp")
		}
	}()
	return do(w, r)
}

// explain is an error as the caller reads it.
func explain(err error) string {
	if secret := (*unreadable)(nil); errors.As(err, &secret) {
		return "the agent can't tell who may call: its log says why"
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("not done within %v: %v: list what there is, then try again", timeout, err)
	}
	return err.Error()
}

// write writes the answer to a request.
func (a reply) write(w http.ResponseWriter) {
	w.Header().Set("X-Content-Type-Options", "nosniff") // it is no page, whatever it says
	if a.body != nil {
		w.Header().Set("Content-Type", "application/json")
	}
	if a.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer") // RFC 6750, 3
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	if a.body != nil {
		text, _ := encode(a.body) // text, or what came from JSON: it never fails
		_, _ = w.Write(text)      // whoever has gone needs no answer
	}
}

// encode is json.Marshal for readers that are no browsers: < and > stay.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}
