package etcd

import (
	"context"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/vlcp-go/vlcp/kvstore"
)

func (s *Store) get(ctx context.Context, keys []string, current bool) ([]kvstore.Entry, error) {
	resp, err := s.read(ctx, current, func(opts ...clientv3.OpOption) []clientv3.Op {
		ops := make([]clientv3.Op, len(keys))
		for i, key := range keys {
			ops[i] = clientv3.OpGet(s.root+key, opts...)
		}
		return ops
	})
	if err != nil {
		return nil, err
	}
	entries := make([]kvstore.Entry, len(keys))
	for i, key := range keys {
		entries[i].Key = key
		for _, kv := range resp.Responses[i].GetResponseRange().Kvs {
			entries[i] = s.entry(kv)
		}
	}
	return entries, nil
}

// list reads what is below prefix, and the cluster's revision at that moment.
func (s *Store) list(ctx context.Context, prefix string) ([]kvstore.Entry, int64, error) {
	resp, err := s.read(ctx, false, func(opts ...clientv3.OpOption) []clientv3.Op {
		return []clientv3.Op{clientv3.OpGet(s.root+prefix, append(opts, clientv3.WithPrefix())...)}
	})
	if err != nil {
		return nil, 0, err
	}
	kvs := resp.Responses[0].GetResponseRange().Kvs
	entries := make([]kvstore.Entry, len(kvs))
	for i, kv := range kvs {
		entries[i] = s.entry(kv)
	}
	return entries, resp.Header.Revision, nil
}

// entry is a key and value of the cluster as the contract has it.
func (s *Store) entry(kv *mvccpb.KeyValue) kvstore.Entry {
	return kvstore.Entry{Key: string(kv.Key[len(s.root):]), Value: kv.Value, Revision: revision(kv.ModRevision)}
}

// read answers what get asks for. What needs not be current any server answers,
// also one that is cut off from the others. An answer that is older than an
// earlier one counts for nothing: the leader is asked.
func (s *Store) read(ctx context.Context, current bool, get func(opts ...clientv3.OpOption) []clientv3.Op) (*clientv3.TxnResponse, error) {
	known := s.seen.Load()
	if !current {
		resp, err := s.ask(ctx, txn{then: get(clientv3.WithSerializable())})
		if err != nil || resp.Header.Revision >= known {
			s.see(known, resp)
			return resp, err
		}
	}
	resp, err := s.ask(clientv3.WithRequireLeader(ctx), txn{then: get()})
	s.see(known, resp)
	return resp, err
}

// see notes the revision of an answer. One of the leader that is older than what
// was known before it was asked means that the cluster was restored from a
// backup: all watches must begin anew.
func (s *Store) see(known int64, resp *clientv3.TxnResponse) {
	if resp == nil {
		return
	}
	now := resp.Header.Revision
	if now >= known {
		s.advance(now)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen.Load() < known {
		return // another call has found it out
	}
	s.log.Warn("etcd is at an older revision than before: it was restored from a backup, or emptied", "before", known, "now", now)
	s.seen.Store(now)
	close(s.rewind)
	s.rewind = make(chan struct{})
}

func (s *Store) advance(now int64) {
	for known := s.seen.Load(); now > known && !s.seen.CompareAndSwap(known, now); {
		known = s.seen.Load()
	}
}
