// Package names has containers find those of other hosts by name, as Docker has
// them find those of their own host: by container name, by network alias and by
// short id, in the networks that both are in.
//
// A [Keeper] runs beside the plugin of its host and talks to its Docker:
//
//	keeper := &names.Keeper{Docker: docker, Store: store, Host: agent.HostID, Log: log}
//	err := keeper.Run(ctx)
//
// It publishes the names of its own containers in the store, and writes the names
// of the others into the hosts files that Docker gives its containers. A
// resolver reads those before it asks Docker's DNS. They stay while nothing of
// vlcp runs.
//
// Three tasks work on what is known (world.go), each when there is a reason and
// once in a while: look.go asks Docker, publish.go writes to the store, write.go
// writes the files. Events of Docker, changes in the store and changes of a
// file are reasons and no more.
//
// Read resolve.go first: it has the rules.
package names

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Keeper keeps the names of one host's containers. Its exported fields are its
// configuration; it runs once.
type Keeper struct {
	Docker *client.Client // of this host
	Driver string         // the plugin's name in Docker; "": vlcp
	Store  kvstore.Store
	Host   func(context.Context) (string, error) // the id of this host
	Log    *slog.Logger                          // nil: nothing is logged

	world   world
	dirty   dirty
	files   files
	urgent  urgent
	watch   func(changed func(container string)) (watcher, error)                  // nil: inotify
	door    func(ready func(container string) <-chan struct{}) (doorkeeper, error) // nil: fanotify
	parts   *errgroup.Group
	looking task
	telling task
	writing task

	search  atomic.Bool       // the store may have names that are to go
	logical map[string]string // the logical networks of NetworkIDs; belongs to looking
	lost    map[string][]any  // see sayWhoLost; belongs to telling

	mu   sync.Mutex
	said map[string]string // of each subject, lest it be said again
}

// Run works until ctx ends. While Docker or the store can't be reached it waits
// for them.
func (k *Keeper) Run(ctx context.Context) error {
	if k.Docker == nil || k.Store == nil || k.Host == nil {
		return errors.New("names: a Keeper needs a Docker, a Store and a Host")
	}
	k.begin()
	if k.watch == nil {
		k.watch = watchFiles
	}
	w, err := k.watch(k.touched)
	if err != nil {
		return err
	}
	defer w.Close()
	k.files.watcher = w
	k.openGate()
	defer k.files.gate.Close()
	k.parts, ctx = errgroup.WithContext(ctx)
	k.parts.Go(func() error { return k.followHosts(ctx) })
	k.parts.Go(func() error { return k.listen(ctx) })
	k.parts.Go(func() error { return k.audit(ctx) })
	for _, t := range []task{k.looking, k.telling, k.writing} {
		k.parts.Go(func() error { return t.run(ctx) })
	}
	return k.parts.Wait()
}

func (k *Keeper) begin() {
	k.world.begin()
	k.logical, k.said = map[string]string{}, map[string]string{}
	k.looking, k.telling, k.writing = newTask(k.look), newTask(k.publish), newTask(k.write)
}

// changed has everything done that follows from what is known.
func (k *Keeper) changed() {
	k.writing.kick()
	k.telling.kick()
}

// touched has a container's hosts file looked at at once; "": all.
func (k *Keeper) touched(container string) {
	if container != "" {
		k.urgent.add(container, func(*start) {})
	}
	k.writing.kick()
}

// starts is touched for a container whose first process is yet to begin.
func (k *Keeper) starts(container string) {
	k.urgent.add(container, func(s *start) { s.begun = true })
	k.writing.kick()
}

// tell logs something about a subject, until there is something else to say of it.
func (k *Keeper) tell(subject, text string, args ...any) {
	if k.news(subject, fmt.Sprint(text, args)) {
		k.log().Warn(text, args...)
	}
}

// quiet ends what was told of a subject: it is as it should be.
func (k *Keeper) quiet(subject string) { k.news(subject, "") }

func (k *Keeper) news(subject, what string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	known := k.said[subject] == what
	if k.said[subject] = what; what == "" {
		delete(k.said, subject)
	}
	return !known
}

func (k *Keeper) driver() string { return cmp.Or(k.Driver, "vlcp") }

func (k *Keeper) log() *slog.Logger {
	if k.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return k.Log
}
