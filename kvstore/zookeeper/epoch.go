package zookeeper

import (
	"context"
	"errors"
	"strings"

	"github.com/go-zookeeper/zk"
)

// noEpoch is no version of a node.
const noEpoch = -1

// knownEpoch is a version that "!epoch" has or had.
func (s *Store) knownEpoch(ctx context.Context) (int32, error) {
	if epoch := s.epoch.Load(); epoch != noEpoch {
		return epoch, nil
	}
	for {
		_, err := read(ctx, s, func() (struct{}, error) {
			_, stat, err := s.link.conn.Get(s.epochPath())
			if err == nil {
				s.epoch.Store(stat.Version)
			}
			return struct{}{}, err
		})
		if errors.Is(err, zk.ErrNoNode) {
			_, err = read(ctx, s, s.makeRoot)
		}
		if epoch := s.epoch.Load(); epoch != noEpoch || err != nil {
			return epoch, err
		}
	}
}

// makeRoot makes the nodes down to the root, and "!epoch" below it.
func (s *Store) makeRoot() (struct{}, error) {
	for end, path := 0, s.epochPath(); end < len(path); {
		if slash := strings.IndexByte(path[end+1:], '/'); slash < 0 {
			end = len(path)
		} else {
			end += 1 + slash
		}
		exists, _, err := s.link.conn.Exists(path[:end]) // else to make it might be denied
		if err == nil && !exists {
			_, err = s.link.conn.Create(path[:end], []byte{}, 0, s.acl)
		}
		if err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
}
