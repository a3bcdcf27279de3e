package etcd

import (
	"context"
	"slices"
	"strconv"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/vlcp-go/vlcp/kvstore"
)

// never is a mod_revision that no key has.
const never = -1

// Commit applies ops as one transaction of etcd.
func (s *Store) Commit(ctx context.Context, ops []kvstore.Op) error {
	if err := limits.Check(ops); err != nil {
		return err
	}
	if len(ops) == 0 {
		return failed("commit", s.stopped(ctx))
	}
	known := s.seen.Load()
	resp, err := s.commit(clientv3.WithRequireLeader(ctx), ops)
	if err != nil {
		return failed("commit", err)
	}
	s.see(known, resp)
	if !resp.Succeeded {
		return &kvstore.Error{Op: "commit", Key: changed(ops, resp), Err: kvstore.ErrConflict}
	}
	return nil
}

func (s *Store) commit(ctx context.Context, ops []kvstore.Op) (resp *clientv3.TxnResponse, err error) {
	switch {
	case slices.ContainsFunc(ops, func(op kvstore.Op) bool { return op.Ephemeral }):
		return s.commitEphemeral(ctx, ops)
	case slices.ContainsFunc(ops, func(op kvstore.Op) bool { return op.Write != kvstore.None }):
		return s.write(ctx, s.txn(ops, clientv3.NoLease))
	}
	return s.ask(ctx, s.txn(ops, clientv3.NoLease))
}

// commitEphemeral tries again with a new lease where the session's was lost.
func (s *Store) commitEphemeral(ctx context.Context, ops []kvstore.Op) (*clientv3.TxnResponse, error) {
	for {
		lease, err := s.lease(ctx)
		if err != nil {
			return nil, err
		}
		resp, err := s.write(ctx, s.txn(ops, lease))
		if !matches(err, rpctypes.ErrLeaseNotFound) {
			return resp, err
		}
		s.lose(lease)
	}
}

// write makes a transaction that writes.
func (s *Store) write(ctx context.Context, t txn) (resp *clientv3.TxnResponse, err error) {
	err = s.try(ctx, func(ctx context.Context) (f fate, err error) {
		if resp, f, err = s.send(ctx, t); f == unsent {
			f = passing
		}
		return f, err
	})
	return resp, err
}

// txn is ops for etcd. If a check does not hold it reads what is checked: to
// name it, and because etcd takes a transaction of comparisons only for one that
// any server may answer from what it has.
func (s *Store) txn(ops []kvstore.Op, lease clientv3.LeaseID) (t txn) {
	for _, op := range ops {
		key := s.root + op.Key
		if op.Check {
			t.when = append(t.when, clientv3.Compare(clientv3.ModRevision(key), "=", modRevision(op.Revision)))
			t.orGet = append(t.orGet, clientv3.OpGet(key, clientv3.WithKeysOnly()))
		}
		switch {
		case op.Write == kvstore.Delete:
			t.then = append(t.then, clientv3.OpDelete(key))
		case op.Write == kvstore.Put && op.Ephemeral:
			t.then = append(t.then, clientv3.OpPut(key, string(op.Value), clientv3.WithLease(lease)))
		case op.Write == kvstore.Put:
			t.then = append(t.then, clientv3.OpPut(key, string(op.Value)))
		}
	}
	return t
}

// modRevision is a revision as etcd has it: 0 for an absent key.
func modRevision(r kvstore.Revision) int64 {
	if r == kvstore.Absent {
		return 0
	}
	n, err := strconv.ParseInt(string(r), 10, 64)
	if err != nil || n <= 0 || revision(n) != r {
		return never
	}
	return n
}

func revision(mod int64) kvstore.Revision {
	return kvstore.Revision(strconv.FormatInt(mod, 10))
}

// changed names the first key whose check did not hold.
func changed(ops []kvstore.Op, resp *clientv3.TxnResponse) string {
	found := resp.Responses
	for _, op := range ops {
		if !op.Check {
			continue
		}
		now := int64(0)
		for _, kv := range found[0].GetResponseRange().Kvs {
			now = kv.ModRevision
		}
		if now != modRevision(op.Revision) {
			return op.Key
		}
		found = found[1:]
	}
	return ""
}
