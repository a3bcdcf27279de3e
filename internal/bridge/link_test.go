package bridge_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

func TestLink(t *testing.T) {
	var l bridge.Link[string]
	if _, err := l.Get(t.Context()); !errors.Is(err, ovs.ErrUnavailable) {
		t.Errorf("at first: error %v", err)
	}
	l.Up("x")
	if via, err := l.Get(t.Context()); via != "x" || err != nil {
		t.Errorf("up: %q, error %v", via, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Get(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: error %v", err)
	}
	why := errors.New("why")
	l.Down(why)
	if via, err := l.Get(t.Context()); via != "" || !errors.Is(err, ovs.ErrUnavailable) || !errors.Is(err, why) {
		t.Errorf("down: %q, error %v", via, err)
	}
}

// TestLinkKeep: the pauses double while nothing answers, and begin anew after
// a connection that was of use.
func TestLinkKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l bridge.Link[int]
		var log bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		start := time.Now()
		var tries []time.Duration
		serve := func(context.Context) error {
			tries = append(tries, time.Since(start))
			switch len(tries) {
			case 4:
				l.Up(4)
			case 9:
				cancel()
			}
			return errors.New("no answer")
		}
		l.Keep(ctx, slog.New(slog.NewTextHandler(&log, nil)), serve)
		ms := time.Millisecond
		want := []time.Duration{0, 50 * ms, 150 * ms, 350 * ms, 400 * ms, 500 * ms, 700 * ms, 1100 * ms, 1900 * ms}
		if diff := cmp.Diff(want, tries); diff != "" {
			t.Error(diff)
		}
		if n := strings.Count(log.String(), "lost Open vSwitch"); n != 1 {
			t.Errorf("%d warnings of one loss:\n%s", n, &log)
		}
		if _, err := l.Get(t.Context()); !errors.Is(err, net.ErrClosed) {
			t.Errorf("error %v", err)
		}
	})
}

func TestLinkKeepEndsInAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l bridge.Link[int]
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		tries := 0
		l.Keep(ctx, slog.New(slog.DiscardHandler), func(context.Context) error {
			tries++
			return errors.New("no answer")
		})
		if tries != 1 || ctx.Err() == nil {
			t.Errorf("%d tries", tries)
		}
	})
}
