package kvstore

import (
	"context"
	"errors"
)

// The errors of [Copy].
var (
	ErrNotEmpty = errors.New("the store to copy to is not empty")
	ErrNoData   = errors.New("the store to copy from has no data")
	ErrChanged  = errors.New("somebody wrote to the store while it was copied")
)

// CopyOptions say what [Copy] has to know of the data.
type CopyOptions struct {
	// Seal is the key that every store with data has, and that says what the data
	// is. It is written first, with the value Draft, and last, with its own value.
	Seal string
	// Draft is the value of Seal while the copy is incomplete. Whoever uses the data
	// must refuse it.
	Draft []byte
	// Skip are prefixes whose keys are not copied, nor looked at: ephemeral keys.
	Skip []string
}

// Copy copies all keys from one store to another, which has to be empty
// ([ErrNotEmpty]), and compares the two afterwards. It answers how many keys there
// are. What can't fit there is refused before anything is written. Nobody may write
// to either store meanwhile: it is [ErrChanged] if somebody did.
//
// Where it ends with an error, the copy may be incomplete, and its seal a draft.
// Another Copy to that store goes on with it.
func Copy(ctx context.Context, from, to Store, o CopyOptions) (keys int, err error) {
	c := copying{CopyOptions: o, from: from, to: to}
	if err := c.run(ctx); err != nil {
		return 0, &Error{Op: "copy", Err: err}
	}
	return len(c.source.entries) + 1, nil // and the seal
}
