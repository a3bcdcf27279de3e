package ipam_test

import (
	"context"
	"fmt"
	"log"
	"net/netip"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

// A network comes to its addresses as Docker asks for them: a pool, its
// gateway, the network that takes both, then addresses for containers.
func Example() {
	ctx, store := context.Background(), memory.New()
	a := ipam.New(store, ipam.Config{Host: "host1"})
	defer a.Close()

	pool, err := a.RequestPool(ctx, ipam.PoolRequest{Prefix: netip.MustParsePrefix("192.168.1.0/24")})
	if err != nil {
		log.Fatal(err)
	}
	gateway, err := a.RequestAddress(ctx, pool.ID, ipam.AddressRequest{Gateway: true})
	if err != nil {
		log.Fatal(err)
	}
	err = kvstore.Update(ctx, store, func(tx *kvstore.Tx) error {
		_, err := ipam.Bind(tx, pool.ID, ipam.Binding{Network: "web", Subnet: "web1", Gateway: gateway.Addr()})
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	container, err := a.RequestAddress(ctx, pool.ID, ipam.AddressRequest{})
	if err != nil {
		log.Fatal(err)
	}
	_, err = a.RequestAddress(ctx, pool.ID, ipam.AddressRequest{Address: gateway.Addr()})
	fmt.Println("gateway", gateway)
	fmt.Println("container", container)
	fmt.Println(err)
	// Output:
	// gateway 192.168.1.1/24
	// container 192.168.1.2/24
	// request address 192.168.1.1: address already in use: it is the gateway
}
