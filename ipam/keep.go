package ipam

import (
	"encoding/json"
	"errors"
	"maps"

	"github.com/vlcp-go/vlcp/kvstore"
)

// rewrite saves v over what the transaction read at key, if anything. Fields
// there that this version does not know stay: while hosts are upgraded one by
// one, a newer one may have written them.
func rewrite[T any](tx *kvstore.Tx, key string, v T) error {
	e, err := tx.Get(key)
	if err != nil {
		return err
	}
	if e.Revision == kvstore.Absent {
		return kvstore.Save(tx, key, v)
	}
	merged, err := merge(e, v)
	if err != nil {
		return err
	}
	return kvstore.Save(tx, key, merged)
}

// fields are those of a JSON object.
type fields map[string]json.RawMessage

// merge is v with the fields of e that a T has no place for.
func merge[T any](e kvstore.Entry, v T) (fields, error) {
	stored, err1 := kvstore.Decode[fields](e)
	was, err2 := kvstore.Decode[T](e)
	known, err3 := fieldsOf(was)
	now, err4 := fieldsOf(v)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	for name := range known {
		delete(stored, name)
	}
	maps.Copy(stored, now)
	return stored, nil
}

func fieldsOf(v any) (f fields, err error) {
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &f)
	}
	return f, err
}
