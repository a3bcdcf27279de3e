package kvtest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

func testCounter(t testing.TB, s kvstore.Store) { count(t, s) }

// count adds to one number from many goroutines on each of stores.
func count(t testing.TB, stores ...kvstore.Store) {
	const workers, rounds = 4, 15
	var wg sync.WaitGroup
	for i, s := range stores {
		for w := range workers {
			wg.Go(func() {
				for r := range rounds {
					token := kvstore.Key("done", fmt.Sprintf("%d-%d-%d", i, w, r))
					if err := kvstore.Update(limited(t), s, addOne(token)); err != nil {
						t.Errorf("Update = %v", err)
					}
				}
			})
		}
	}
	wg.Wait()
	wantValue(t, stores[0], "count", fmt.Sprint(len(stores)*workers*rounds))
}

// addOne knows by its token whether it was done before.
func addOne(token string) func(*kvstore.Tx) error {
	return func(tx *kvstore.Tx) error {
		entries, err := tx.GetAll(token, "count")
		if err != nil || entries[0].Revision != kvstore.Absent {
			return err
		}
		n, _, err := kvstore.Load[int](tx, "count")
		if err != nil {
			return err
		}
		tx.Put(token, nil)
		return kvstore.Save(tx, "count", n+1)
	}
}

const accounts, funds = 5, 100

// testTransfers moves money between accounts while others add it up: no reader
// ever sees a sum that is not there.
func testTransfers(t testing.TB, s kvstore.Store) {
	const workers, rounds = 4, 15
	setUp := func(tx *kvstore.Tx) error {
		for _, key := range accountKeys() {
			tx.Put(key, []byte(fmt.Sprint(funds)))
		}
		return nil
	}
	if err := kvstore.Update(limited(t), s, setUp); err != nil {
		t.Fatalf("Update = %v", err)
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				from, to, amount := rand.N(accounts), rand.N(accounts), rand.N(funds)
				if err := kvstore.Update(limited(t), s, transfer(from, to, amount)); err != nil {
					t.Errorf("transfer: %v", err)
				}
			}
		})
		wg.Go(func() {
			for range rounds {
				wantSum(t, s)
			}
		})
	}
	wg.Wait()
	wantSum(t, s)
}

func transfer(from, to, amount int) func(*kvstore.Tx) error {
	keys := accountKeys()
	return func(tx *kvstore.Tx) error {
		for _, move := range []struct {
			key string
			n   int
		}{{keys[from], -amount}, {keys[to], amount}} {
			balance, _, err := kvstore.Load[int](tx, move.key)
			if err != nil {
				return err
			}
			if err := kvstore.Save(tx, move.key, balance+move.n); err != nil {
				return err
			}
		}
		return nil
	}
}

func wantSum(t testing.TB, s kvstore.Store) {
	var sum int
	err := kvstore.Update(limited(t), s, func(tx *kvstore.Tx) error {
		sum = 0
		for _, key := range accountKeys() {
			balance, _, err := kvstore.Load[int](tx, key)
			if err != nil {
				return err
			}
			sum += balance
		}
		return nil
	})
	if err != nil || sum != accounts*funds {
		t.Errorf("the accounts add up to %d, %v, want %d", sum, err, accounts*funds)
	}
}

func accountKeys() []string {
	keys := make([]string, accounts)
	for i := range keys {
		keys[i] = kvstore.Key("account", fmt.Sprint(i))
	}
	return keys
}
