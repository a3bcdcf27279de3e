package consul

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// errHidden is for what Consul leaves out of an answer without a word.
var errHidden = errors.New("Permission denied: the token may not read all keys of the store")

// get reads keys: one by the least that Consul can do, more in transactions.
func (s *Store) get(ctx context.Context, keys []string) ([]kvstore.Entry, error) {
	if len(keys) == 1 {
		pair, _, err := s.client.KV().Get(s.root+keys[0], consistent(ctx))
		return []kvstore.Entry{entry(keys[0], pair)}, read(err)
	}
	found := make(map[string]*api.KVPair, len(keys))
	distinct := slices.Compact(slices.Sorted(slices.Values(keys)))
	for chunk := range slices.Chunk(distinct, oldOps) {
		if err := s.getTogether(ctx, chunk, found); err != nil {
			return nil, err
		}
	}
	entries := make([]kvstore.Entry, len(keys))
	for i, key := range keys {
		entries[i] = entry(key, found[key])
	}
	return entries, nil
}

// getTogether reads keys in one transaction. One that gets an absent key fails,
// and names each of them: the next one checks that they are absent.
func (s *Store) getTogether(ctx context.Context, keys []string, found map[string]*api.KVPair) error {
	ops := make(api.TxnOps, len(keys))
	for i, key := range keys {
		ops[i] = &api.TxnOp{KV: &api.KVTxnOp{Verb: api.KVGet, Key: s.root + key}}
	}
	for {
		ok, answer, _, err := s.client.Txn().Txn(ops, consistent(ctx))
		if err != nil {
			return read(err)
		}
		if ok {
			return s.take(answer.Results, ops, found)
		}
		for _, e := range answer.Errors {
			if saysAnyOf(e.What, refusals) {
				return errors.New(e.What)
			}
			op := ops[e.OpIndex].KV
			op.Verb = map[api.KVOp]api.KVOp{api.KVGet: api.KVCheckNotExists, api.KVCheckNotExists: api.KVGet}[op.Verb]
		}
	}
}

// take enters what the transaction ops found.
func (s *Store) take(results api.TxnResults, ops api.TxnOps, found map[string]*api.KVPair) error {
	for _, r := range results {
		found[strings.TrimPrefix(r.KV.Key, s.root)] = r.KV
	}
	for _, op := range ops {
		if op.KV.Verb == api.KVGet && found[strings.TrimPrefix(op.KV.Key, s.root)] == nil {
			return errHidden
		}
	}
	return nil
}

// list reads what is below a prefix. What other programs put there under names that
// are no keys, such as the folders of Consul's web page, is left out.
func (s *Store) list(prefix string, q *api.QueryOptions) ([]kvstore.Entry, *api.QueryMeta, error) {
	pairs, meta, err := s.client.KV().List(s.root+prefix, q)
	switch {
	case err != nil:
		return nil, nil, read(err)
	case meta.ResultsFilteredByACLs:
		return nil, nil, errHidden
	}
	entries := make([]kvstore.Entry, 0, len(pairs))
	for _, pair := range pairs {
		key := strings.TrimPrefix(pair.Key, s.root)
		if kvstore.CheckKey(key) == nil {
			entries = append(entries, entry(key, pair))
		}
	}
	return entries, meta, nil
}
