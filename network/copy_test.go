package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/memory"
)

func TestCopyStore(t *testing.T) {
	m, from := newModel(t)
	to := memory.New()
	t.Cleanup(func() { to.Close() })
	if err := CheckSchema(t.Context(), from); err != nil {
		t.Fatal(err)
	}
	newNetwork(t, m, "blue", "10.0.0.0/24")
	must[[]Port](t)(m.CreatePorts(t.Context(), Port{ID: "p", Network: "blue", Addresses: []Address{{Subnet: "blue-0"}}}))
	must[[]Router](t)(m.CreateRouters(t.Context(), Router{ID: "r"}))
	must[[]RouterInterface](t)(m.CreateRouterInterfaces(t.Context(), RouterInterface{ID: "i", Router: "r", Subnet: "blue-0", Address: addr("10.0.0.2")}))
	if err := m.Announce(t.Context(), Host{ID: "h1", Boot: "b"}); err != nil {
		t.Fatal(err)
	}
	_, err := CopyStore(t.Context(), from, to)
	checkError(t, "while an agent lives", err, ErrInUse, "copy the store: agents run with it, such as that of host h1: stop vlcp on all hosts")
	if err := from.Commit(t.Context(), []kvstore.Op{{Key: aliveKey("h1"), Write: kvstore.Delete}}); err != nil {
		t.Fatal(err)
	}
	if n, err := CopyStore(t.Context(), from, to); err != nil || n != len(keys(t, from)) {
		t.Errorf("%d keys, %v", n, err)
	}
	if diff := cmp.Diff(snapshot(t, from), snapshot(t, to)); diff != "" {
		t.Errorf("(-from +to)\n%s", diff)
	}
	if err := CheckSchema(t.Context(), to); err != nil {
		t.Error(err)
	}
	copied := modelOn(t, to, "h1")
	q := must[[]Port](t)(copied.CreatePorts(t.Context(), Port{ID: "q", Network: "blue", Addresses: []Address{{Subnet: "blue-0"}}}))[0]
	if got := q.Addresses[0].Address.String(); got != "10.0.0.3" {
		t.Errorf("the second port has %s: what the first one and the router have is taken there too", got)
	}
	audit(t, copied)
	checkError(t, "interface", copied.DeleteRouterInterfaces(t.Context(), "i"), nil, "")
}
