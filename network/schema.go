package network

import (
	"context"
	"math"

	"github.com/vlcp-go/vlcp/kvstore"
)

// The version of the store's form that this package writes, the oldest version
// that can read what it writes, and the newest that it can read itself.
const (
	schemaWritten   = 1
	schemaMinReader = 1
)

// schema is the value of the schema key.
type schema struct {
	Written   int  `json:"written"`         // version of the newest writer
	MinReader int  `json:"minReader"`       // version that a reader must have at least
	Draft     bool `json:"draft,omitempty"` // the data is a copy that is not complete
}

// draft is what no version can read.
var draft = schema{Written: schemaWritten, MinReader: math.MaxInt32, Draft: true}

// CheckSchema refuses a store whose data this version can't read, and writes
// nothing then. A store that says nothing yet is marked with this version.
// Newer data that this version can read is left as it is.
func CheckSchema(ctx context.Context, s kvstore.Store) error {
	err := kvstore.Update(ctx, s, func(tx *kvstore.Tx) error {
		found, exists, err := kvstore.Load[schema](tx, schemaKey)
		switch {
		case err != nil:
			return err
		case !exists:
			return kvstore.Save(tx, schemaKey, schema{Written: schemaWritten, MinReader: schemaMinReader})
		case found.Draft:
			return invalidf("a copy to it was not finished: do it again, or delete all keys in it")
		case found.MinReader > schemaWritten:
			return invalidf("its data needs a vlcp of data version %d, this one is of version %d: upgrade this host", found.MinReader, schemaWritten)
		}
		return nil
	})
	if err != nil {
		return &Error{Op: "open the store", Err: err}
	}
	return nil
}
