package kvstore_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// A claim of an address: one owner has it, and may ask as often as it likes.
func ExampleUpdate() {
	store := memory.New()
	defer store.Close()
	taken := errors.New("another port has this address")
	claim := func(address, owner string) error {
		key := kvstore.Key("net", "blue", "ip", address)
		return kvstore.Update(context.Background(), store, func(tx *kvstore.Tx) error {
			holder, found, err := kvstore.Load[string](tx, key)
			switch {
			case err != nil:
				return err
			case !found:
				return kvstore.Save(tx, key, owner)
			case holder != owner:
				return taken
			}
			return nil
		})
	}
	fmt.Println(claim("10.0.0.2", "port 1"))
	fmt.Println(claim("10.0.0.2", "port 1"))
	fmt.Println(claim("10.0.0.2", "port 2"))
	// Output:
	// <nil>
	// <nil>
	// another port has this address
}
