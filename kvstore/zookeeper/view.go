package zookeeper

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/kvstore"
)

// view is what a commit found.
type view struct {
	epoch int32           // of before the nodes were read
	nodes map[string]node // of the commit's keys, and perhaps of those above them
}

// look reads the nodes of ops and, if it is thorough, of the keys above those that
// are missing; else it is taken for granted that they are there.
func (s *Store) look(ctx context.Context, ops []kvstore.Op, thorough bool) (v view, err error) {
	if v.epoch, err = s.knownEpoch(ctx); err != nil {
		return v, err
	}
	keys := make([]string, len(ops))
	for i, op := range ops {
		keys[i] = op.Key
	}
	v.nodes = map[string]node{}
	for len(keys) > 0 {
		nodes, err := s.nodes(ctx, keys)
		if err != nil {
			return v, err
		}
		keys = nil
		for _, n := range nodes {
			v.nodes[n.key] = n
		}
		if thorough {
			keys = v.unknownParents()
		}
	}
	return v, nil
}

// unknownParents are the keys above missing ones that were not looked at.
func (v view) unknownParents() []string {
	unknown := map[string]bool{}
	for key, n := range v.nodes {
		parent := parentOf(key)
		if _, known := v.nodes[parent]; !known && !n.exists && parent != "" {
			unknown[parent] = true
		}
	}
	return slices.Collect(maps.Keys(unknown))
}

// conflict is the error for a check that does not hold. It is certain if the check
// can't hold in any newer view.
func (v view) conflict(ops []kvstore.Op) (err error, certain bool) {
	for _, op := range ops {
		if n := v.nodes[op.Key]; op.Check && n.entry().Revision != op.Revision {
			err = &kvstore.Error{Op: "commit", Key: op.Key, Err: kvstore.ErrConflict}
			if n.hasOutlived(op.Revision) {
				return err, true
			}
		}
	}
	return err, false
}

func (v view) isMissing(key string) bool {
	n, known := v.nodes[key]
	return known && !n.exists
}

// topMissing is the highest of the key and those above it that has no node, "" if
// all have.
func (v view) topMissing(key string) (top string) {
	for ; v.isMissing(key); key = parentOf(key) {
		top = key
	}
	return top
}

// parentOf is the key above a key, "" for none.
func parentOf(key string) string { return key[:max(strings.LastIndexByte(key, '/'), 0)] }

// hasOutlived tells that the key was at the revision, if ever, before the node was
// written as it was read: revisions grow.
func (n node) hasOutlived(r kvstore.Revision) bool {
	if r == kvstore.Absent {
		return false
	}
	mzxid, err := strconv.ParseInt(string(r), 0, 64)
	return err != nil || n.exists && mzxid < n.mzxid
}
