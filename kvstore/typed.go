package kvstore

import (
	"encoding/json"
	"fmt"
)

// Load reads the JSON value of a key; found is false where it does not exist.
func Load[T any](tx *Tx, key string) (v T, found bool, err error) {
	e, err := tx.Get(key)
	if err != nil || e.Revision == Absent {
		return v, false, err
	}
	v, err = Decode[T](e)
	return v, err == nil, err
}

// Save puts v as JSON.
func Save[T any](tx *Tx, key string, v T) error {
	value, err := json.Marshal(v)
	if err != nil {
		return &Error{Op: "encode", Key: key, Err: err}
	}
	tx.Put(key, value)
	return nil
}

// Decode reads the JSON value of an entry that exists.
func Decode[T any](e Entry) (T, error) {
	var v T
	if err := json.Unmarshal(e.Value, &v); err != nil {
		return v, &Error{Op: "decode", Key: e.Key, Err: fmt.Errorf("the value is not the JSON of a %T: %w", v, err)}
	}
	return v, nil
}
