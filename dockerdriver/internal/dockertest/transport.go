// Package dockertest helps to test what talks to Docker with a Docker in memory, in a
// synctest bubble.
package dockertest

import (
	"io"
	"net/http"
)

// Transport reaches a handler without a network, so that a synctest bubble can
// hold both ends.
type Transport struct{ http.Handler }

// RoundTrip answers as soon as the handler has begun to.
func (t Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, out := io.Pipe()
	w := &answer{header: http.Header{}, body: out, begun: make(chan struct{})}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	go func() {
		t.ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK)
		out.Close()
	}()
	select {
	case <-w.begun:
		return &http.Response{StatusCode: w.status, Header: w.header, Body: body, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
	case <-r.Context().Done():
		body.Close()
		return nil, r.Context().Err()
	}
}

type answer struct {
	header http.Header
	status int
	body   *io.PipeWriter
	begun  chan struct{}
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
		close(a.begun)
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// Lock is a mutex that a synctest bubble can wait for. It is made by NewLock.
type Lock chan struct{}

// NewLock makes a Lock that nobody has.
func NewLock() Lock { return make(Lock, 1) }

// Lock waits until nobody has it, and takes it.
func (l Lock) Lock() { l <- struct{}{} }

// Unlock gives it back.
func (l Lock) Unlock() { <-l }
