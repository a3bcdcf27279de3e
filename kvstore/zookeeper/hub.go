package zookeeper

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vlcp-go/vlcp/kvstore/zookeeper/internal/events"
)

// hub is the watches of a store, and the one connection that carries the events
// for all of them. There is no connection before the first watch.
type hub struct {
	store *Store

	mu      sync.Mutex
	watches map[*watch]bool
	running bool
	linked  bool // events of now come
}

func newHub(s *Store) *hub { return &hub{store: s, watches: map[*watch]bool{}} }

func (h *hub) enter(w *watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watches[w] = true
	if !h.running {
		h.running = h.store.link.start(h.run)
	}
}

func (h *hub) leave(w *watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watches, w)
}

// run keeps a connection until the store is closed, or servers refuse for good.
func (h *hub) run() {
	d := newDialer(h.store.config, h.store.link.closed)
	for !h.store.link.isClosed() {
		err := h.follow(d)
		if errors.Is(err, events.ErrTooOld) || errors.Is(err, events.ErrRefused) {
			h.refuse(err)
			return
		}
		h.store.config.Log.Debug("no events from ZooKeeper", "error", err)
	}
}

// follow connects to a server and hands out events until the connection ends.
func (h *hub) follow(d *dialer) error {
	server, _ := d.Next()
	conn, err := d.connect(server)
	if err != nil {
		return err
	}
	var closer sync.WaitGroup
	defer closer.Wait()
	over := make(chan struct{})
	defer close(over)
	closer.Go(func() {
		select {
		case <-h.store.link.closed:
			conn.Close()
		case <-over:
		}
	})
	c, err := events.Open(conn, events.Options{
		Path: h.store.config.Root, Digest: h.store.config.digest(), TTL: h.store.config.TTL, Patience: d.timeout,
	})
	if err != nil {
		return err
	}
	defer c.Close()
	d.Connected()
	h.link(true)
	defer h.link(false)
	for {
		path, err := c.Next()
		if err != nil {
			return err
		}
		h.changed(path)
	}
}

// link is told when events begin to come, and when they end. What happened before
// nobody has told.
func (h *hub) link(linked bool) {
	h.mu.Lock()
	h.linked = linked
	h.mu.Unlock()
	if linked {
		h.loseAll()
	}
}

// loseAll makes all watches begin anew.
func (h *hub) loseAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watches {
		w.lost = true
		w.rouse()
	}
}

// lose makes one watch begin anew.
func (h *hub) lose(w *watch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w.lost = true
}

// next waits until a watch has something to read: everything, or these keys.
func (h *hub) next(ctx context.Context, w *watch) (all bool, keys []string, err error) {
	for {
		h.mu.Lock()
		all, err = w.lost && h.linked, w.refused
		if all {
			w.lost = false
			clear(w.dirty)
		}
		if !w.lost {
			keys = slices.Sorted(maps.Keys(w.dirty))
			clear(w.dirty)
		}
		h.mu.Unlock()
		if all || len(keys) > 0 || err != nil {
			return all, keys, err
		}
		select {
		case <-w.wake:
		case <-ctx.Done():
		case <-h.store.link.closed:
		}
		if err := h.store.link.ended(ctx); err != nil {
			return false, nil, err
		}
	}
}

// refuse ends all watches.
func (h *hub) refuse(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running = false
	for w := range h.watches {
		w.refused = err
		w.rouse()
	}
}

// changed is told of a node that was made, written or deleted.
func (h *hub) changed(path string) {
	if path == h.store.epochPath() {
		h.store.epoch.Store(noEpoch)
		return
	}
	key, ok := h.store.key(path)
	if !ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watches {
		if strings.HasPrefix(key, w.prefix) {
			w.dirty[key] = true
			w.rouse()
		}
	}
}
