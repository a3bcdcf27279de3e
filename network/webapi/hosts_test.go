package webapi_test

import (
	"net/netip"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore/memory"
	"github.com/vlcp-go/vlcp/network"
)

// A host is there as long as it has a record; it is removed only once its agent
// is dead.
func TestV1Hosts(t *testing.T) {
	store := memory.New()
	defer store.Close()
	session := store.Session()
	h := network.Host{ID: "h1", Name: "node1", Boot: "b", Tunnel: netip.MustParseAddr("192.0.2.1")}
	if err := modelOn(t, session).Announce(t.Context(), h); err != nil {
		t.Fatal(err)
	}
	m := modelOn(t, store)
	a := serve(t, m, always(m))
	const alive, dead = `{"id":"h1","name":"node1","boot":"b","tunnel":"192.0.2.1","alive":true}`, `{"id":"h1","name":"node1","boot":"b","tunnel":"192.0.2.1","alive":false}`
	a.exchanges(
		exchange{`GET hosts`, 200, `{"items":[` + alive + `]}`},
		exchange{`GET hosts?alive=false`, 200, `{"items":[]}`},
		exchange{`GET hosts/h1`, 200, alive},
		exchange{`GET hosts/h2`, 404, `read host h2: host "h2" does not exist`},
		exchange{`DELETE hosts/h1`, 409, `remove host h1: its agent lives (host "node1", tunnel address 192.0.2.1): stop vlcp there first, and wait until the store has noticed, some 20 seconds after a crash`},
		exchange{`DELETE hosts/h2`, 404, `remove host h2: host "h2" does not exist`},
	)
	session.Close()
	a.exchanges(
		exchange{`GET hosts/h1`, 200, dead},
		exchange{`DELETE hosts/h1`, 204, ``},
		exchange{`GET hosts`, 200, `{"items":[]}`},
		exchange{`GET hosts/h1`, 404, `read host h1: host "h1" does not exist`},
	)
}
