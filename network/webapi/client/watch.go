package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What an Event says.
const (
	EventPut    = "put"    // an object exists, or is different now
	EventDelete = "delete" // an object is gone
	EventSynced = "synced" // all that exist of Kinds were put
	EventResync = "resync" // what was known of Kinds is void: all that exist are put once more, and synced
	EventFailed = "failed" // Problem ends the watch
)

// Event is one of a watch.
type Event struct {
	Event   string          `json:"-"`
	Kind    string          `json:"kind,omitempty"`   // "networks", as in the path, of a put or delete
	ID      string          `json:"id,omitempty"`     // of the object
	Object  json.RawMessage `json:"object,omitempty"` // as Get of its resource reads it
	Kinds   []string        `json:"kinds,omitempty"`  // of synced or resync
	Problem string          `json:"problem,omitempty"`
}

// silence is how long an agent may send nothing: it gives a sign of life three
// times as often.
const silence = 45 * time.Second

// ErrEnded is the error of a watch that the agent ended, as it does when it is
// stopped or loses its store: begin another.
var ErrEnded = errors.New("the agent ended the watch")

// Watch calls fn with all objects of these kinds ("networks", …; none: all), and
// then with what changes, until ctx ends, fn fails, or the connection is lost.
// The error says which.
func (c *Client) Watch(ctx context.Context, fn func(Event) error, kinds ...string) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	u := c.base.JoinPath("watch")
	u.RawQuery = url.Values{"kind": kinds}.Encode()
	resp, err := c.send(ctx, http.MethodGet, u, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind != "text/event-stream" {
		return foreign(resp)
	}
	watchdog := time.AfterFunc(silence, func() { cancel(fmt.Errorf("%w: nothing came for %v", ErrEnded, silence)) })
	defer watchdog.Stop()
	err = read(bufio.NewReader(resp.Body), func() { watchdog.Reset(silence) }, fn)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// read reads events until there are no more, or fn fails; alive is called for
// each line.
func read(r *bufio.Reader, alive func(), fn func(Event) error) error {
	var name string
	for {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return ErrEnded
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrEnded, err)
		}
		alive()
		field, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ": ")
		switch field {
		case "event":
			name = value
		case "data":
			if err := deliver(name, value, fn); err != nil {
				return err
			}
		}
	}
}

// deliver calls fn with an event.
func deliver(name, data string, fn func(Event) error) error {
	e := Event{Event: name}
	if err := json.Unmarshal([]byte(data), &e); err != nil {
		return fmt.Errorf("an event of the agent: %w", err)
	}
	if name == EventFailed {
		return fmt.Errorf("%w: %s", ErrEnded, e.Problem)
	}
	return fn(e)
}
