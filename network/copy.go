package network

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/vlcp-go/vlcp/kvstore"
)

// CopyStore copies a store to another, which must be empty, with everything but
// what agents write while they live. It answers how many keys there are. No agent
// may use either store meanwhile: ErrInUse where one does. A copy that was cut in
// the middle is refused by agents, and goes on when it is done again.
func CopyStore(ctx context.Context, from, to kvstore.Store) (keys int, err error) {
	keys, err = copyStore(ctx, from, to)
	if err != nil {
		return 0, &Error{Op: "copy the store", Err: err}
	}
	return keys, nil
}

func copyStore(ctx context.Context, from, to kvstore.Store) (keys int, err error) {
	alive := kvstore.Prefix("alive")
	for _, s := range []kvstore.Store{from, to} {
		living, err := s.List(ctx, alive)
		if err != nil {
			return 0, err
		}
		if len(living) > 0 {
			return 0, faultf(ErrInUse, "agents run with it, such as that of host %s: stop vlcp on all hosts first; where it was killed, wait half a minute", strings.TrimPrefix(living[0].Key, alive))
		}
	}
	unfinished, err := json.Marshal(draft)
	if err != nil {
		return 0, err
	}
	return kvstore.Copy(ctx, from, to, kvstore.CopyOptions{Seal: schemaKey, Draft: unfinished, Skip: []string{alive}})
}
