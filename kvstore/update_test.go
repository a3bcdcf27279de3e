package kvstore_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestUpdateCounts(t *testing.T) {
	store := memory.New()
	defer store.Close()
	const workers, rounds = 8, 25
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				if err := kvstore.Update(t.Context(), store, increment); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	entries, err := store.Get(t.Context(), []string{"counter"}, true)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(entries[0].Value); got != strconv.Itoa(workers*rounds) {
		t.Errorf("the counter is %s, want %d", got, workers*rounds)
	}
}

func increment(tx *kvstore.Tx) error {
	n, _, err := kvstore.Load[int](tx, "counter")
	if err != nil {
		return err
	}
	return kvstore.Save(tx, "counter", n+1)
}
