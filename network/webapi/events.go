package webapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

const (
	heartbeat = 15 * time.Second // between two signs of life
	patience  = 10 * time.Second // with a client that takes nothing
	chunk     = 32 << 10         // bytes that are sent at once
)

// events are server-sent events (WHATWG HTML, 9.2) on their way to one client.
type events struct {
	turn chan struct{} // is full while one writes
	w    http.ResponseWriter
	conn *http.ResponseController
	feed *feed
}

// errSlow ends the stream of a client that does not read.
var errSlow = fmt.Errorf("the client took nothing for %v", patience)

// stream sends what changes of these kinds, until the client or the server goes,
// the client is too slow, or the model can't be followed.
func stream(ctx context.Context, m *network.Model, w http.ResponseWriter, kinds []network.Kind) error {
	e := &events{turn: make(chan struct{}, 1), w: w, conn: http.NewResponseController(w), feed: newFeed()}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return m.Watch(ctx, e.update, kinds...) })
	parts.Go(func() error { return e.live(ctx) })
	err := parts.Wait()
	if errors.Is(err, context.Canceled) || errors.Is(err, errSlow) {
		return err
	}
	var text bytes.Buffer
	last := change{event: client.EventFailed, Problem: explain(err)}
	return errors.Join(err, last.appendTo(&text), e.write(text.Bytes()))
}

// live shows the client that the stream is alive, and the server that the
// client is.
func (e *events) live(ctx context.Context) error {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		if err := e.write([]byte(": \n\n")); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beat.C:
		}
	}
}

// update sends what a watch delivers.
func (e *events) update(u network.Update) error {
	changes, err := e.feed.changes(u)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	for _, c := range changes {
		if err := c.appendTo(&text); err != nil {
			return err
		}
		if text.Len() >= chunk {
			if err := e.write(text.Bytes()); err != nil {
				return err
			}
			text.Reset()
		}
	}
	if text.Len() == 0 {
		return nil
	}
	return e.write(text.Bytes())
}

// write writes to the client, which has to take it soon.
func (e *events) write(text []byte) error {
	e.turn <- struct{}{}
	defer func() { <-e.turn }()
	// A connection without deadlines (a test's) is one that takes all.
	_ = e.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := e.w.Write(text); err != nil {
		return errors.Join(errSlow, err)
	}
	if err := e.conn.Flush(); err != nil {
		return errors.Join(errSlow, err)
	}
	return nil
}
