package dockertest

import (
	"encoding/json"
	"net/http"

	"github.com/docker/docker/api/types/events"
)

// Events are those of a Docker in memory. They are made by NewEvents.
type Events struct {
	mu        Lock
	listeners map[chan events.Message]bool
}

// NewEvents makes Events to which nobody listens.
func NewEvents() *Events {
	return &Events{mu: NewLock(), listeners: map[chan events.Message]bool{}}
}

// Tell tells those who listen.
func (e *Events) Tell(m events.Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for l := range e.listeners {
		l <- m
	}
}

// HangUp has those who listen hear no more.
func (e *Events) HangUp() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for l := range e.listeners {
		delete(e.listeners, l)
		close(l)
	}
}

// ServeHTTP has somebody listen.
func (e *Events) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusOK)
	l := make(chan events.Message, 100)
	e.mu.Lock()
	e.listeners[l] = true
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.listeners, l)
	}()
	for {
		select {
		case <-r.Context().Done():
			return
		case m, open := <-l:
			if !open {
				return
			}
			Answer(w, m)
		}
	}
}

// Answer answers what Docker would. An error is that of who went away without
// waiting for it.
func Answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }
