package network

import (
	"errors"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestCheckSchema(t *testing.T) {
	const (
		fresh     = `{"written":1,"minReader":1}`
		draftText = `{"written":1,"minReader":2147483647,"draft":true}`
	)
	tests := []struct {
		name, has, want string
		fail            string
	}{
		{"empty", "", fresh, ""},
		{"own", fresh, fresh, ""},
		{"newer, readable", `{"written":7,"minReader":1,"more":true}`, `{"written":7,"minReader":1,"more":true}`, ""},
		{"newer", `{"written":7,"minReader":2}`, `{"written":7,"minReader":2}`, "its data needs a vlcp of data version 2, this one is of version 1: upgrade this host"},
		{"broken", `[]`, `[]`, "schema"},
		{"unfinished copy", draftText, draftText, "a copy to it was not finished: do it again, or delete all keys in it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := memory.New()
			defer store.Close()
			if tt.has != "" {
				if err := store.Commit(t.Context(), []kvstore.Op{{Key: schemaKey, Write: kvstore.Put, Value: []byte(tt.has)}}); err != nil {
					t.Fatal(err)
				}
			}
			err := CheckSchema(t.Context(), store)
			var e *Error
			if tt.fail != "" && !errors.As(err, &e) {
				t.Errorf("error %v", err)
			}
			checkError(t, tt.name, err, err, tt.fail)
			entries, err := store.Get(t.Context(), []string{schemaKey}, true)
			if err != nil || string(entries[0].Value) != tt.want {
				t.Errorf("the store has %s, %v; want %s", entries[0].Value, err, tt.want)
			}
		})
	}
}
