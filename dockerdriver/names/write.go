package names

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// share bounds what is spent on the files of containers that are not urgent: for
// the time that it takes it pauses so many times as long.
const share = 4

// write has the hosts files of all containers say what others are called.
func (k *Keeper) write(context.Context) error {
	root := k.world.rootDir()
	if root == "" {
		return nil // not known yet
	}
	dir, err := os.OpenRoot(containersDir(root))
	if err != nil {
		k.tell("files", "containers don't find those of other hosts by name: Docker's files can't be reached from here", "error", err)
		return err
	}
	defer dir.Close()
	k.quiet("files")
	if k.files.managed == nil {
		k.files.managed = left(dir)
	}
	k.writeUrgent(dir)
	k.watchIdle(dir)
	if again := k.writeRest(dir); again > 0 {
		time.AfterFunc(again, k.writing.kick)
	}
	return nil
}

// writeRest writes those that are not urgent, unless it is too soon for that. It
// tells after which time it is to be called again; 0: not.
func (k *Keeper) writeRest(dir *os.Root) (again time.Duration) {
	if wait := time.Until(k.files.next); wait > 0 {
		return wait
	}
	begun := time.Now()
	again = k.writeAll(dir, slices.Concat(k.world.ours(), slices.Sorted(maps.Keys(k.files.managed))))
	k.files.next = time.Now().Add(share * time.Since(begun))
	return again
}

// writeAll writes the hosts files of some containers. It tells after which time
// that has to be tried again; 0: not.
func (k *Keeper) writeAll(dir *os.Root, containers []string) (again time.Duration) {
	known, done := cache{}, map[string]bool{}
	for _, id := range containers {
		if !done[id] && k.writeOne(dir, id, known) {
			again = quiet
		}
		done[id] = true
	}
	return again
}

// startTime is how long Docker takes at most from a container's hosts file to its
// process.
const startTime = 10 * time.Second

// watchIdle watches the hosts files of containers that don't run: Docker writes
// them anew when it starts one, well before the container's process begins.
func (k *Keeper) watchIdle(dir *os.Root) {
	watched := map[string]bool{}
	for _, id := range k.world.idle() {
		if watched[id] = true; k.files.idle[id] {
			continue
		}
		k.watchFile(dir.Name(), id)
		k.holdIdle(dir.Name(), id)
		if is, err := dir.Lstat(hostsPath(id)); err == nil && time.Since(is.ModTime()) < startTime {
			k.touched(id) // Docker is at it already
		}
	}
	k.files.idle = watched
}

func (k *Keeper) watchFile(dir, container string) {
	if err := k.files.watcher.Add(filepath.Join(dir, hostsPath(container))); err != nil && !isGone(err) {
		k.tell("inotify", "what Docker does to hosts files is seen after a while only", "error", err)
	}
}

// cache is the orders by the networks that containers are in.
type cache map[string]*order

// order is that for a container.
func (w *world) order(container string, known cache) *order {
	w.mu.Lock()
	defer w.mu.Unlock()
	networks := w.in(container)
	key := strings.Join(networks, " ")
	if known[key] == nil {
		entries, complete := w.wanted(networks)
		known[key] = newOrder(entries, complete && w.looked)
	}
	return known[key]
}

// writeOne writes one hosts file. It tells whether that has to be tried again.
func (k *Keeper) writeOne(dir *os.Root, id string, known cache) (again bool) {
	o := k.world.order(id, known)
	if !o.complete && len(o.lines) == 0 {
		return false // nothing is known
	}
	err := k.files.apply(dir, id, o)
	switch {
	case isGone(err):
		k.files.gate.Release(id)
		delete(k.files.managed, id)
		k.quiet(id)
		return false
	case errors.Is(err, errBusy):
		again = true
	case err != nil:
		k.tell(id, "a container does not find those of other hosts by name: its hosts file can't be written", "container", id, "error", err)
		return false
	case o.cut:
		k.tell(id, "a container does not find all of other hosts by name: its hosts file has no room for more", "container", id)
	default:
		k.quiet(id)
	}
	if len(o.lines) == 0 && o.complete && err == nil {
		delete(k.files.managed, id)
	}
	k.watchFile(dir.Name(), id)
	return again
}

// left are the containers whose hosts files have lines of ours.
func left(dir *os.Root) map[string]changes {
	all := map[string]changes{}
	entries, err := os.ReadDir(dir.Name())
	if err != nil {
		return all
	}
	for _, e := range entries {
		if !isID(e.Name()) {
			continue
		}
		if file, err := open(dir, e.Name(), os.O_RDONLY); err == nil {
			if text, _, err := read(file); err == nil && strings.Contains(text, mark) {
				all[e.Name()] = changes{}
			}
			file.Close()
		}
	}
	return all
}
