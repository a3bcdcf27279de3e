// Package webapi is the management API as an http.Handler: the calls that
// scripts written for the original system make, under /viperflow/.
//
//	curl -d 'type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan' \
//	    'http://localhost:8081/viperflow/createphysicalnetwork'
//
// A call is a GET with its parameters in the query, or a POST with a form or a
// JSON object. In a query or form, a value in backquotes is a literal (see
// internal/literal). The answer is {"result": …}, or {"error": …} with status
// 400 for a request that can't be read, 404 for a call that does not exist, and
// 500 for one that the model refused.
//
// Requests that a web page could have made are refused: those with an Origin,
// and those for a host that is not this machine.
package webapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/network"
)

// timeout bounds one call.
const timeout = 30 * time.Second

// Handler serves the API on the model that open gives; an error of open is the
// answer to the call.
func Handler(open func(context.Context) (*network.Model, error), log *slog.Logger) http.Handler {
	calls := viperflow()
	mux := http.NewServeMux()
	mux.HandleFunc("/viperflow/{method}", func(w http.ResponseWriter, r *http.Request) {
		name := strings.ToLower(r.PathValue("method"))
		method, found := calls[name]
		if !found {
			fail(w, http.StatusNotFound, fmt.Errorf("%q is not a call of viperflow", name))
			return
		}
		serve(w, r, open, method, log.With("call", name, "from", r.RemoteAddr))
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, fmt.Errorf("%s is no call: calls are /viperflow/<name>", r.URL.Path))
	})
	return onlyLocal(mux)
}

// serve reads the parameters of one call, makes it and answers.
func serve(w http.ResponseWriter, r *http.Request, open func(context.Context) (*network.Model, error), c call, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	p, status, err := read(w, r)
	if err != nil {
		fail(w, status, err)
		return
	}
	model, err := open(ctx)
	if err == nil {
		var result any
		if result, err = c(ctx, model, p); err == nil {
			log.Debug("management call", "parameters", len(p))
			answer(w, http.StatusOK, map[string]any{"result": result})
			return
		}
	}
	log.Info("management call failed", "error", err)
	fail(w, http.StatusInternalServerError, err)
}

func fail(w http.ResponseWriter, status int, err error) {
	answer(w, status, map[string]any{"error": err.Error()})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

var errForeign = errors.New("refused: this API answers programs on this machine, not web pages; call it as localhost and without an Origin")

// onlyLocal refuses what a web page can send: an Origin, or by DNS rebinding a
// Host that is some other machine's name.
func onlyLocal(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" || !isLocal(r.Host) {
			fail(w, http.StatusForbidden, errForeign)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLocal(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}
