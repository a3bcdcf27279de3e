package record

import (
	"context"

	"github.com/vlcp-go/vlcp/kvstore"
)

// List reads the records of a host, by NetworkID.
func List(ctx context.Context, s kvstore.Store, host string) (map[string]Network, error) {
	return list[Network](ctx, s, kvstore.Prefix("docker", "net", host))
}

// ListClaims reads what the names of Docker networks stand for.
func ListClaims(ctx context.Context, s kvstore.Store) (map[string]Claim, error) {
	return list[Claim](ctx, s, Claims)
}

// ListRemovals reads which Docker networks all hosts are to remove.
func ListRemovals(ctx context.Context, s kvstore.Store) (map[Removal]bool, error) {
	entries, err := s.List(ctx, Removals)
	if err != nil {
		return nil, err
	}
	all := map[Removal]bool{}
	for _, e := range entries {
		if parts, err := kvstore.Split(e.Key); err == nil && len(parts) == 4 {
			all[Removal{Network: parts[2], Name: parts[3]}] = true
		}
	}
	return all, nil
}

// list reads what is directly below a prefix, by the last part of its key.
func list[T any](ctx context.Context, s kvstore.Store, prefix string) (map[string]T, error) {
	entries, err := s.List(ctx, prefix)
	if err != nil {
		return nil, err
	}
	all := map[string]T{}
	for _, e := range entries {
		v, err := kvstore.Decode[T](e)
		if err != nil {
			return nil, err
		}
		all[last(e.Key)] = v
	}
	return all, nil
}
