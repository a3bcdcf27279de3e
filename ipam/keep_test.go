package ipam_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// TestKeep: what a newer version wrote into a claim or a pool outlives what
// this one does to it; what this one takes out does not.
func TestKeep(t *testing.T) {
	const claim, pool = "ipam/ip/p/10.1.0.5", "ipam/pool/p"
	tests := []struct {
		name, key, had, want string
		do                   func(tx *kvstore.Tx) error
	}{
		{
			"hold", claim, `{"owner":"o","host":"h","new":[1,2]}`, `{"owner":"o","host":"h","holder":"port","new":[1,2]}`,
			func(tx *kvstore.Tx) error { return ipam.Hold(tx, "p", ip("10.1.0.5"), "port", "h") },
		}, {
			"unhold", claim, `{"owner":"o","holder":"port","new":{"a":null}}`, `{"owner":"o","new":{"a":null}}`,
			func(tx *kvstore.Tx) error { return ipam.Unhold(tx, "p", ip("10.1.0.5"), "port") },
		}, {
			"bind", pool, `{"id":"p","prefix":"10.1.0.0/24","handle":"10.1.0.0/24","new":"x","start":"10.1.0.9","network":"n","subnet":"s"}`,
			`{"id":"p","prefix":"10.1.0.0/24","handle":"10.1.0.0/24","new":"x","network":"n","subnet":"s"}`,
			func(tx *kvstore.Tx) error {
				_, err := ipam.Bind(tx, "p", ipam.Binding{Network: "n", Subnet: "s"})
				return err
			},
		}, {
			"remove", pool, `{"id":"p","prefix":"10.1.0.0/24","handle":"10.1.0.0/24","new":"x"}`,
			`{"id":"p","prefix":"10.1.0.0/24","handle":"10.1.0.0/24","new":"x","deleting":true}`,
			func(tx *kvstore.Tx) error { return ipam.Remove(tx, "p") },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := memory.New()
			update(t, s, func(tx *kvstore.Tx) error {
				tx.Put(tt.key, []byte(tt.had))
				return nil
			})
			update(t, s, tt.do)
			entries, err := s.Get(t.Context(), []string{tt.key}, true)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(object(t, tt.want), object(t, string(entries[0].Value))); diff != "" {
				t.Errorf("stored (-want +got):\n%s", diff)
			}
		})
	}
}

func object(t *testing.T, text string) (o map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}
