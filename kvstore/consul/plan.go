package consul

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// What Consul takes in one transaction.
const (
	oldOps = 64        // operations, before Consul 1.14
	maxOps = 128       // since then
	maxTxn = 512 << 10 // bytes of its JSON, in which values are in base64
)

// plan is a commit in the words of Consul.
type plan struct {
	ops  api.TxnOps
	keys []string // of each operation, as the commit has it
}

// newPlan makes the transaction that does ops. It takes one to three operations of
// Consul for each.
func newPlan(root, session string, ops []kvstore.Op) (p plan) {
	for _, op := range ops {
		for _, step := range steps(root+op.Key, session, op) {
			p.ops = append(p.ops, &api.TxnOp{KV: step})
			p.keys = append(p.keys, op.Key)
		}
	}
	return p
}

// writes tells whether anything can be written: else Consul only reads.
func (p plan) writes() bool {
	return slices.ContainsFunc(p.ops, func(op *api.TxnOp) bool {
		return op.KV.Verb != api.KVCheckIndex && op.KV.Verb != api.KVCheckNotExists
	})
}

// steps are what one operation takes. It helps to know of Consul:
//
//   - set and cas leave the key to the session that holds it. So a key that may be
//     held is deleted first; nobody sees it gone in between.
//   - set and cas of what is there already change nothing, not even ModifyIndex. So
//     cas writes into the flags which index it replaces.
//   - cas with index 0 creates.
//   - delete-cas of an absent key is no error. So the index is checked before.
//   - No key is ever at index 0, so a check for it fails.
func steps(key, session string, op kvstore.Op) []*api.KVTxnOp {
	index, held, known := parse(op.Key, op.Revision)
	absent := op.Check && op.Revision == kvstore.Absent
	switch {
	case op.Check && !absent && !known:
		return []*api.KVTxnOp{{Verb: api.KVCheckIndex, Key: key}}
	case op.Write == kvstore.Put && !op.Ephemeral && (absent || known && !held):
		return []*api.KVTxnOp{{Verb: api.KVCAS, Key: key, Index: index, Flags: index, Value: op.Value}}
	}
	var steps []*api.KVTxnOp
	switch {
	case absent:
		steps = append(steps, &api.KVTxnOp{Verb: api.KVCheckNotExists, Key: key})
	case op.Check:
		steps = append(steps, &api.KVTxnOp{Verb: api.KVCheckIndex, Key: key, Index: index})
	}
	if op.Write != kvstore.None && !absent {
		steps = append(steps, &api.KVTxnOp{Verb: api.KVDelete, Key: key})
	}
	switch {
	case op.Ephemeral:
		steps = append(steps, &api.KVTxnOp{Verb: api.KVLock, Key: key, Session: session, Value: op.Value})
	case op.Write == kvstore.Put:
		steps = append(steps, &api.KVTxnOp{Verb: api.KVSet, Key: key, Value: op.Value})
	}
	return steps
}

// check refuses what Consul would, counted as it is sent.
func (p plan) check() error {
	if len(p.ops) > maxOps {
		return fmt.Errorf("%w: %d operations of Consul, which takes at most %d", kvstore.ErrTooLarge, len(p.ops), maxOps)
	}
	body, err := json.Marshal(p.ops)
	if err != nil {
		return err
	}
	if size := len(body) + len("\n"); size > maxTxn {
		return fmt.Errorf("%w: %d bytes of JSON, of which Consul takes at most %d", kvstore.ErrTooLarge, size, maxTxn)
	}
	return nil
}
