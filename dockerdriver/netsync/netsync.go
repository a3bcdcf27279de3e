// Package netsync gives every host the Docker networks of the others: what
// `docker network create -d vlcp --ipam-driver vlcp` makes on one host is made on
// all that share its store, and what `docker network rm` removes on one is
// removed on all; where there are containers in it, after the last one.
//
// A [Syncer] runs beside the plugin of its host and talks to its Docker:
//
//	docker, err := netsync.Connect("unix:///var/run/docker.sock", "", log)
//	…
//	syncer := &netsync.Syncer{Docker: docker, Plugin: server, Log: log}
//	err = syncer.Run(ctx)
//
// Docker's networks are local to their host; the store says which of them are
// one. A name is claimed there, with all that is needed to make the network
// elsewhere. The first claim counts: who has another network of that name keeps
// it to itself. Docker tells the plugin that a network was removed; the plugin
// ends the claim, and leaves a removal in the store until no host has the network
// any more.
//
// A Syncer is level-triggered: events of Docker and changes in the store only say
// that there is something to look at. It removes where there is a removal, never
// because something is absent; what is absent without one is made (again). It
// works beside the calls of the plugin, never inside of one: making a network is
// a call itself.
//
// Read pass.go first: it has the rules. claim.go, create.go, remove.go, missed.go
// and unknown.go carry them out; state.go is what they look at, docker.go the way to
// Docker.
package netsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/kvstore"
)

// Syncer keeps the networks of one host's Docker as those of the other hosts.
// Its exported fields are its configuration; it runs once.
type Syncer struct {
	Docker *client.Client       // of this host; see [Connect]
	Plugin *dockerdriver.Server // of this host, whose Store and Host are given
	Driver string               // the plugin's name in Docker; "": vlcp
	Log    *slog.Logger         // nil: nothing is logged

	kicks      chan struct{}     // has an element when there is something to look at
	waiting    atomic.Bool       // there may be a network that goes with its last container
	tidy       bool              // nothing is left of what this host was making
	missing    seen              // records whose network Docker does not have
	unrecorded seen              // networks of Docker's that have no record
	said       map[string]string // of each network, lest it be said again
	labelled   map[string]bool   // networks, by NetworkID, whose logical network has their name
}

const (
	minPause = time.Second
	maxPause = time.Minute // between two looks, also without a reason
)

// Run works until ctx ends. While Docker or the store can't be reached it waits
// for them.
func (s *Syncer) Run(ctx context.Context) error {
	if s.Docker == nil || s.Plugin == nil || s.Plugin.Store == nil || s.Plugin.Host == nil {
		return errors.New("netsync: a Syncer needs a Docker, and a Plugin with a Store and a Host")
	}
	s.kicks, s.said, s.labelled = make(chan struct{}, 1), map[string]string{}, map[string]bool{}
	parts, ctx := errgroup.WithContext(ctx)
	for _, prefix := range []string{record.Claims, record.Removals} {
		parts.Go(func() error {
			return s.Plugin.Store.Watch(ctx, prefix, func(kvstore.Batch) error { s.kick(); return nil })
		})
	}
	parts.Go(func() error { return s.listen(ctx) })
	parts.Go(func() error { return s.work(ctx) })
	return parts.Wait()
}

// work looks at everything when there is something new, and once in a while.
func (s *Syncer) work(ctx context.Context) error {
	for pause := minPause; ; {
		wait := maxPause
		if err := s.pass(ctx); err != nil {
			wait, pause = pause, min(2*pause, maxPause)
		} else {
			pause = minPause
		}
		if len(s.missing)+len(s.unrecorded) > 0 {
			wait = min(wait, moment)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.kicks:
		case <-time.After(wait):
		}
	}
}

// kick has everything looked at soon.
func (s *Syncer) kick() {
	select {
	case s.kicks <- struct{}{}:
	default:
	}
}

// tell logs something about a network, until there is something else to say of
// it.
func (s *Syncer) tell(name, text string, args ...any) {
	if s.news(name, fmt.Sprint(text, args)) {
		s.log().Warn(text, append([]any{"network", name}, args...)...)
	}
}

// away logs that Docker or the store can't be reached. That is nothing to worry
// about: Docker may start after this.
func (s *Syncer) away(ctx context.Context, err error) {
	if ctx.Err() == nil && s.news("", "away") {
		s.log().Info("the network sync waits", "error", err)
	}
}

func (s *Syncer) news(name, what string) bool {
	known := s.said[name] == what
	s.said[name] = what
	return !known
}

// quiet ends what was told of a network: it is as it should be.
func (s *Syncer) quiet(name string) { delete(s.said, name) }

func (s *Syncer) driver() string { return cmp.Or(s.Driver, "vlcp") }

func (s *Syncer) log() *slog.Logger {
	if s.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return s.Log
}
