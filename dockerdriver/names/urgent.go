package names

import (
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/gate"
)

// doorkeeper holds up who opens a container's hosts file, once: a [gate.Gate].
type doorkeeper interface {
	Hold(container, path string) error
	Release(container string)
	Close() error
}

// newGate is the doorkeeper that we use.
func newGate(ready func(container string) <-chan struct{}) (doorkeeper, error) {
	g, err := gate.New(ready)
	if err != nil {
		return nil, err // no doorkeeper, rather than one that is nil
	}
	return g, nil
}

// openGate has a doorkeeper from now on, if there can be one.
func (k *Keeper) openGate() {
	if k.door == nil {
		k.door = newGate
	}
	var err error
	if k.files.gate, err = k.door(k.ready); err != nil {
		k.files.gate = openDoor{}
		k.log().Info("a container's first process may find no names of other hosts yet", "error", err)
	}
}

// openDoor is where nobody is held up.
type openDoor struct{}

func (openDoor) Hold(string, string) error { return nil }
func (openDoor) Release(string)            {}
func (openDoor) Close() error              { return nil }

// urgent are containers whose hosts files are to be written first: they are
// just being started.
type urgent struct {
	mu   sync.Mutex
	list []*start
}

// start is a container that is being started, or may be.
type start struct {
	container string
	begun     bool            // its first process is yet to begin, and must find the file ready
	waiting   []chan struct{} // who waits for the file
}

// add adds a container, for which edit may say more.
func (u *urgent) add(container string, edit func(*start)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	i := slices.IndexFunc(u.list, func(s *start) bool { return s.container == container })
	if i < 0 {
		i, u.list = len(u.list), append(u.list, &start{container: container})
	}
	edit(u.list[i])
}

func (u *urgent) take() []*start {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := u.list
	u.list = nil
	return list
}

// again adds a container again that was taken.
func (u *urgent) again(was *start) {
	u.add(was.container, func(s *start) {
		s.begun = s.begun || was.begun
		s.waiting = append(s.waiting, was.waiting...)
	})
}

// ready is told that somebody opens a container's hosts file, who is held up until
// the file is written.
func (k *Keeper) ready(container string) <-chan struct{} {
	done := make(chan struct{})
	k.urgent.add(container, func(s *start) { s.waiting = append(s.waiting, done) })
	k.writing.kick()
	return done
}

// writeUrgent writes the hosts files of those that are just being started.
func (k *Keeper) writeUrgent(dir *os.Root) {
	starts := k.urgent.take()
	var ids []string
	for _, s := range starts {
		ids = append(ids, s.container)
		if s.begun {
			k.hold(dir.Name(), s)
		}
	}
	k.writeAll(dir, ids)
	for _, s := range starts {
		if s.begun || k.world.waits(s.container) {
			k.urgent.again(s) // what the store or the watcher tells has it written
			continue
		}
		for _, done := range s.waiting {
			close(done)
		}
	}
}

// holdIdle is hold for a container that does not run: it may be started faster than
// Docker tells of that.
func (k *Keeper) holdIdle(dir, container string) {
	s := &start{container: container}
	if k.hold(dir, s); s.begun {
		k.urgent.again(s)
	}
}

// hold has the first process of a container wait for the hosts file: Docker 26 writes
// it anew just before, and the process may be faster than we. A file that is yet to
// be made is held when it is.
func (k *Keeper) hold(dir string, s *start) {
	path := filepath.Join(dir, hostsPath(s.container))
	err := k.files.gate.Hold(s.container, path)
	_, gone := os.Lstat(filepath.Dir(path))
	s.begun = isGone(err) && gone == nil
	if err != nil && !isGone(err) {
		k.tell("gate", "a container's first process may find no names of other hosts yet", "error", err)
	}
}
