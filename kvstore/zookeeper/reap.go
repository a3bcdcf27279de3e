package zookeeper

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/kvstore"
)

const (
	reapBatch = 500    // nodes in one transaction
	maxLitter = 10_000 // nodes to remember; what is forgotten is found again by who lists it
)

// keySet is the keys whose nodes are perhaps litter.
type keySet struct {
	mu   sync.Mutex
	keys map[string]bool
}

func (k *keySet) add(keys ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys == nil {
		k.keys = map[string]bool{}
	}
	for _, key := range keys {
		if len(k.keys) < maxLitter {
			k.keys[key] = true
		}
	}
}

// take removes some keys.
func (k *keySet) take(limit int) (keys []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key := range k.keys {
		if len(keys) == limit {
			break
		}
		keys = append(keys, key)
		delete(k.keys, key)
	}
	return keys
}

// noteDeleted remembers what a commit deleted.
func (s *Store) noteDeleted(ops []kvstore.Op) {
	for _, op := range ops {
		if op.Write == kvstore.Delete {
			s.litter.add(op.Key)
		}
	}
}

// reap deletes litter from time to time, if no other reaper was at work since it
// looked last: each transaction makes the commits that are on their way try again,
// so all hosts together shall not send more of them than one would.
func (s *Store) reap() {
	last, pause := int32(noEpoch), s.config.reapPause
	for {
		select {
		case <-time.After(pause + rand.N(pause)):
		case <-s.link.closed:
			return
		}
		if epoch := s.reapIfQuiet(last); epoch != noEpoch {
			last = epoch
		}
	}
}

// reapIfQuiet reaps if the epoch is still the last one, and answers what it is.
func (s *Store) reapIfQuiet(last int32) (epoch int32) {
	ctx, cancel := s.link.bound(context.Background())
	defer cancel()
	s.epoch.Store(noEpoch)
	epoch, err := s.knownEpoch(ctx)
	if err != nil || epoch != last {
		return epoch
	}
	if err := s.reapSome(ctx); err != nil {
		s.config.Log.Debug("deleted keys stay in ZooKeeper for now", "error", err)
	}
	return s.epoch.Load()
}

// reapSome deletes nodes that are litter, and counts up the epoch with them.
func (s *Store) reapSome(ctx context.Context) error {
	keys := s.litter.take(reapBatch)
	if len(keys) == 0 {
		return nil
	}
	ops := make([]kvstore.Op, len(keys))
	for i, key := range keys {
		ops[i].Key = key
	}
	v, err := s.look(ctx, ops, false)
	if err != nil {
		s.litter.add(keys...)
		return err
	}
	requests := []any{&zk.SetDataRequest{Path: s.epochPath(), Data: []byte{}, Version: v.epoch}}
	var reaped []string
	for key, n := range v.nodes {
		if n.isLitter() {
			reaped = append(reaped, key)
			requests = append(requests, remove(s.path(key), n.version))
		}
	}
	if len(reaped) == 0 {
		return nil
	}
	err = s.send(ctx, requests)
	s.epoch.Store(noEpoch)
	if err != nil {
		s.litter.add(reaped...)
		return err
	}
	for _, key := range reaped {
		if parent := parentOf(key); parent != "" {
			s.litter.add(parent) // perhaps it was there for this one only
		}
	}
	return nil
}
