package consul

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Commit applies ops. One that only checks is a read, and never ErrUnknown.
//
// Some operations take two or three of Consul's: a checked delete, and whatever
// concerns an ephemeral key. Before 1.14 Consul takes 64 of them, and a commit that
// needs more is ErrTooLarge there; since then any within the limits fits.
func (s *Store) Commit(ctx context.Context, ops []kvstore.Op) error {
	if err := limits.Check(ops); err != nil {
		return err
	}
	if len(ops) == 0 {
		return s.over(ctx)
	}
	err := s.persist(ctx, func(ctx context.Context) error { return s.commit(ctx, ops) })
	if err == nil || errors.Is(err, kvstore.ErrConflict) {
		return err
	}
	return &kvstore.Error{Op: "commit", Err: err}
}

func (s *Store) commit(ctx context.Context, ops []kvstore.Op) error {
	session := ""
	if slices.ContainsFunc(ops, func(op kvstore.Op) bool { return op.Ephemeral }) {
		var err error
		if session, err = s.sessionID(ctx); err != nil {
			return err
		}
	}
	for {
		p, guessed, err := s.plan(ctx, session, ops)
		if err != nil {
			return err
		}
		failed, err := s.send(ctx, p)
		if err != nil || len(failed) == 0 {
			return err
		}
		for _, key := range failed {
			if !guessed[key] {
				return &kvstore.Error{Op: "commit", Key: key, Err: kvstore.ErrConflict}
			}
		}
	}
}

// plan makes the plan of a commit. If it is too long for an old Consul, it reads
// the keys that are put whatever they hold: knowing a key saves an operation. What
// it read is guessed only, and may have changed meanwhile.
func (s *Store) plan(ctx context.Context, session string, ops []kvstore.Op) (p plan, guessed map[string]bool, err error) {
	p = newPlan(s.root, session, ops)
	blind := blindPuts(ops)
	if len(p.ops) <= oldOps || len(blind) == 0 {
		return p, nil, p.check()
	}
	entries, err := s.get(ctx, blind)
	if err != nil {
		return plan{}, nil, err
	}
	ops, guessed = slices.Clone(ops), make(map[string]bool, len(blind))
	for _, e := range entries {
		i := slices.IndexFunc(ops, func(op kvstore.Op) bool { return op.Key == e.Key })
		ops[i].Check, ops[i].Revision = true, e.Revision
		guessed[e.Key] = true
	}
	p = newPlan(s.root, session, ops)
	return p, guessed, p.check()
}

// blindPuts are the keys that are put durably and without a check.
func blindPuts(ops []kvstore.Op) (keys []string) {
	for _, op := range ops {
		if op.Write == kvstore.Put && !op.Check && !op.Ephemeral {
			keys = append(keys, op.Key)
		}
	}
	return keys
}

// send has a plan carried out. It answers the keys whose checks did not hold: then
// nothing was written.
func (s *Store) send(ctx context.Context, p plan) (failed []string, err error) {
	ok, answer, _, err := s.client.Txn().Txn(p.ops, consistent(ctx))
	switch {
	case err != nil && p.writes():
		return nil, wrote(err)
	case err != nil:
		return nil, read(err)
	case ok:
		return nil, nil
	}
	for _, e := range answer.Errors {
		switch verb := p.ops[e.OpIndex].KV.Verb; {
		case saysAnyOf(e.What, refusals):
			return nil, errors.New(e.What)
		case verb == api.KVCheckIndex, verb == api.KVCheckNotExists, verb == api.KVCAS:
			failed = append(failed, p.keys[e.OpIndex])
		case verb == api.KVLock:
			// The session was ended, or another program has the key rest for a while.
			if strings.HasPrefix(e.What, "invalid session") {
				s.session.forget(ctx, p.ops[e.OpIndex].KV.Session)
			}
			err = awayError{errors.New(e.What)}
		default:
			err = errors.New(e.What)
		}
	}
	if len(failed) > 0 {
		return failed, nil
	}
	return nil, err
}
