package memory

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/internal/feed"
)

// data is what the sessions share.
type data struct {
	mu      sync.RWMutex
	seq     uint64 // of the last commit; a revision is its commit's number
	records map[string]record
	keys    []string // of records, sorted
	feed    feed.Feed
}

type record struct {
	entry kvstore.Entry
	owner *Store // nil: durable
}

func (d *data) get(keys []string) []kvstore.Entry {
	d.mu.RLock()
	defer d.mu.RUnlock()
	entries := make([]kvstore.Entry, len(keys))
	for i, key := range keys {
		entries[i] = kvstore.Entry{Key: key}
		if r, ok := d.records[key]; ok {
			entries[i] = r.entry
		}
	}
	return entries
}

// list answers the entries below prefix and the number of the last commit.
func (d *data) list(prefix string) ([]kvstore.Entry, uint64) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var entries []kvstore.Entry
	from, _ := slices.BinarySearch(d.keys, prefix)
	for _, key := range d.keys[from:] {
		if !strings.HasPrefix(key, prefix) {
			break
		}
		entries = append(entries, d.records[key].entry)
	}
	return entries, d.seq
}

func (d *data) commit(s *Store, ops []kvstore.Op) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.isClosed() {
		return &kvstore.Error{Op: "commit", Err: kvstore.ErrClosed}
	}
	for _, op := range ops {
		if op.Check && d.records[op.Key].entry.Revision != op.Revision {
			return &kvstore.Error{Op: "commit", Key: op.Key, Err: kvstore.ErrConflict}
		}
	}
	d.apply(s, ops)
	return nil
}

// apply writes ops as one commit and tells the watches.
func (d *data) apply(s *Store, ops []kvstore.Op) {
	d.seq++
	var changes []kvstore.Entry
	for _, op := range ops {
		switch op.Write {
		case kvstore.Put:
			changes = append(changes, d.put(s, op))
		case kvstore.Delete:
			if d.delete(op.Key) {
				changes = append(changes, kvstore.Entry{Key: op.Key})
			}
		}
	}
	d.feed.Publish(d.seq, changes)
}

func (d *data) put(s *Store, op kvstore.Op) kvstore.Entry {
	r := record{entry: kvstore.Entry{Key: op.Key, Value: bytes.Clone(op.Value), Revision: revision(d.seq)}}
	if op.Ephemeral {
		r.owner = s
	}
	if i, found := slices.BinarySearch(d.keys, op.Key); !found {
		d.keys = slices.Insert(d.keys, i, op.Key)
	}
	d.records[op.Key] = r
	return r.entry
}

func (d *data) delete(key string) bool {
	i, found := slices.BinarySearch(d.keys, key)
	if found {
		d.keys = slices.Delete(d.keys, i, i+1)
		delete(d.records, key)
	}
	return found
}

// end closes a session and deletes what goes with it.
func (d *data) end(s *Store) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.isClosed() {
		return
	}
	close(s.closed)
	var ops []kvstore.Op
	for key, r := range d.records {
		if r.owner == s {
			ops = append(ops, kvstore.Op{Key: key, Write: kvstore.Delete})
		}
	}
	d.apply(s, ops)
}

func revision(seq uint64) kvstore.Revision {
	return kvstore.Revision(strconv.FormatUint(seq, 10))
}
