package bolt

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/vlcp-go/vlcp/kvstore"
)

// maxGroup bounds the commits that share an fsync.
const maxGroup = 256

// request is a commit on its way through the writer.
type request struct {
	ops     []kvstore.Op
	seq     uint64          // its commit number, 0: it conflicts
	changes []kvstore.Entry // what it changed
	err     error           // its conflict
	result  chan error
}

// Commit applies ops. If ctx ends while they are being written, the error
// matches ErrUnknown too.
func (s *Store) Commit(ctx context.Context, ops []kvstore.Op) error {
	if err := limits.Check(ops); err != nil {
		return err
	}
	commit := s.submit
	if !writes(ops) {
		commit = s.verify
	}
	err := commit(ctx, ops)
	if err == nil || errors.Is(err, kvstore.ErrConflict) {
		return err
	}
	return &kvstore.Error{Op: "commit", Err: err}
}

// verify is a commit that writes nothing: it needs no fsync.
func (s *Store) verify(ctx context.Context, ops []kvstore.Op) error {
	return s.view(ctx, func(b *bbolt.Bucket) error { return check(b, ops) })
}

// submit hands a commit to the writer and waits for it.
func (s *Store) submit(ctx context.Context, ops []kvstore.Op) error {
	if s.isClosed() {
		return kvstore.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{ops: ops, result: make(chan error, 1)}
	select {
	case s.requests <- r:
	case <-s.closed:
		return kvstore.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-r.result:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", kvstore.ErrUnknown, ctx.Err())
	}
}

// write is the writer: it commits what has come, all at once, until the store is
// closed.
func (s *Store) write() {
	defer close(s.written)
	for {
		select {
		case r := <-s.requests:
			s.commit(s.gather(r))
		case <-s.closed:
			return
		}
	}
}

// gather takes the requests that wait behind the first.
func (s *Store) gather(first *request) []*request {
	group := []*request{first}
	for len(group) < maxGroup {
		select {
		case r := <-s.requests:
			group = append(group, r)
		default:
			return group
		}
	}
	return group
}

// errNothing ends a transaction that has nothing to write.
var errNothing = errors.New("nothing to write")

// commit writes a group in one transaction of the file, each request as if it
// came alone after those before it.
func (s *Store) commit(group []*request) {
	err := guarded(func() error {
		return s.update(func(tx *bbolt.Tx) error { return applyAll(tx, group) })
	})
	visible := true
	if errors.Is(err, errNothing) {
		err = nil
	} else if err != nil {
		visible, err = s.afterFailure(group, err)
	}
	for _, r := range group {
		if visible && r.seq != 0 {
			s.feed.Publish(r.seq, r.changes)
		}
		if err != nil {
			r.err = err // its conflict was perhaps with what is not written now
		}
		r.result <- r.err
	}
}

// afterFailure tells whether a failed group is in the file nonetheless: then
// only the disk knows whether it will last.
func (s *Store) afterFailure(group []*request, cause error) (visible bool, err error) {
	var seq, last uint64
	for _, r := range group {
		seq = max(seq, r.seq)
	}
	err = s.read(func(keys *bbolt.Bucket) error {
		last = keys.Sequence()
		return nil
	})
	if seq == 0 || err == nil && last < seq {
		return false, fmt.Errorf("nothing was written to %s: %w", s.path, cause)
	}
	return err == nil, fmt.Errorf("%w: writing %s: %w", kvstore.ErrUnknown, s.path, cause)
}

// applyAll applies the requests that do not conflict.
func applyAll(tx *bbolt.Tx, group []*request) (err error) {
	keys := tx.Bucket(keysBucket)
	result := errNothing
	for _, r := range group {
		if r.err = check(keys, r.ops); r.err != nil {
			continue
		}
		if r.seq, err = keys.NextSequence(); err != nil {
			return err
		}
		if r.changes, err = apply(tx, r.seq, r.ops); err != nil {
			return err
		}
		result = nil
	}
	return result
}

func check(keys *bbolt.Bucket, ops []kvstore.Op) error {
	for _, op := range ops {
		if op.Check && revision(keys.Get([]byte(op.Key))) != op.Revision {
			return &kvstore.Error{Op: "commit", Key: op.Key, Err: kvstore.ErrConflict}
		}
	}
	return nil
}

// apply writes ops as commit number seq and answers what changed.
func apply(tx *bbolt.Tx, seq uint64, ops []kvstore.Op) ([]kvstore.Entry, error) {
	keys := tx.Bucket(keysBucket)
	var changes []kvstore.Entry
	for _, op := range ops {
		key := []byte(op.Key)
		var record []byte
		switch {
		case op.Write == kvstore.Put:
			record = encode(seq, op.Value)
			if err := keys.Put(key, record); err != nil {
				return nil, err
			}
		case op.Write == kvstore.Delete && keys.Get(key) != nil:
			if err := keys.Delete(key); err != nil {
				return nil, err
			}
		default:
			continue
		}
		if err := mark(tx, key, op.Ephemeral); err != nil {
			return nil, err
		}
		changes = append(changes, decode(op.Key, record))
	}
	return changes, nil
}

func writes(ops []kvstore.Op) bool {
	for _, op := range ops {
		if op.Write != kvstore.None {
			return true
		}
	}
	return false
}
