package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/labtest"
	"github.com/vlcp-go/vlcp/kvstore"
)

// guarded are servers that want a user or a token: how to start one, and its URL
// for those who have it and for those who have not.
var guarded = map[string]struct {
	start        func(*testing.T) string
	right, wrong string
	says         []string
}{
	"etcd":   {guardedEtcd, "etcd://root:secret@ADDR/vlcp", "etcd://root:wrong@ADDR/vlcp", []string{"check the user and the password"}},
	"zk":     {guardedZooKeeper, "zk://me:secret@ADDR/vlcp", "zk://me:wrong@ADDR/vlcp", []string{"look at the user and the password"}},
	"consul": {guardedConsul, "consul://ADDR/vlcp?token-file=FILE", "consul://ADDR/vlcp", []string{"token"}},
}

func guardedEtcd(t *testing.T) string {
	addr := testenv.Etcd(t, 1)[0].Addr
	admin, err := clientv3.New(clientv3.Config{Endpoints: []string{addr}})
	check(t, err)
	defer admin.Close()
	_, err = admin.UserAdd(t.Context(), "root", "secret")
	check(t, err)
	_, err = admin.UserGrantRole(t.Context(), "root", "root")
	check(t, err)
	_, err = admin.AuthEnable(t.Context())
	check(t, err)
	return addr
}

// guardedZooKeeper has nothing of anybody's: the first to come owns the path.
func guardedZooKeeper(t *testing.T) string { return testenv.ZooKeeper(t, 1)[0].Addr }

func guardedConsul(t *testing.T) string {
	return testenv.Consul(t, 1, fmt.Sprintf(`acl { enabled = true, default_policy = "deny", tokens { master = %q } }`, testenv.ConsulToken))[0].Addr
}

// TestStoreRefused starts agents with wrong URLs and credentials and with data of
// a newer version, on each store: the log says in one line what to check, and the
// data are not touched.
func TestStoreRefused(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	lab := labtest.New(t, testlab.Config{})
	machine, err := lab.Host(ctx, testlab.HostConfig{Name: "h1"})
	check(t, err)
	check(t, machine.StartOVS(ctx))
	onEachStore(t, func(t *testing.T, scheme string) {
		g := guarded[scheme]
		h := &host{Host: machine, lab: lab, t: t, ctx: ctx}
		c := &cluster{store: ways{newProxy(t, lab.Outside, g.start(t))}, hosts: []*host{h}}
		addr := c.store.addrs()
		token := filepath.Join(t.TempDir(), "token")
		write(t, token, testenv.ConsulToken)
		c.url = strings.NewReplacer("ADDR", addr, "FILE", token).Replace(g.right)
		s, err := c.open(ctx)
		check(t, err)
		defer s.Close()
		newer := kvstore.Op{Key: "schema", Write: kvstore.Put, Value: []byte(`{"written":9,"minReader":9}`)}
		check(t, s.Commit(ctx, []kvstore.Op{newer}))

		h.refusedStore(strings.ReplaceAll(g.wrong, "ADDR", addr), g.says...)
		h.refusedStore(scheme+"://10.99.0.254:1/vlcp", "10.99.0.254:1", "check")
		h.flags = []string{"--store", c.url}
		h.startAgent()
		if err := h.agent.Wait(ctx); err == nil {
			t.Error("the agent ended without an error")
		}
		h.wantLog("vlcp: ", "upgrade this host")
		entries, err := s.List(ctx, "")
		check(t, err)
		if len(entries) != 1 || !slices.Equal(entries[0].Value, newer.Value) {
			t.Errorf("the data were touched: %v", entries)
		}
		if scheme != "consul" { // which has a usual place
			h.wrongURL(scheme+":///vlcp", "empty host")
		}
		h.wrongURL(strings.ReplaceAll(c.url, addr, addr+"0x"), "port")
		h.wrongURL(scheme+"://"+addr+"/vlcp?colour=red", "colour")
	})
}

// refusedStore starts the agent, and waits until a line of its log has the words:
// it waits for a store, and may end where that does not want it.
func (h *host) refusedStore(url string, words ...string) {
	h.t.Helper()
	h.flags = []string{"--store", url}
	h.startAgent()
	defer h.killAgent()
	defer h.wantLog(words...)
	h.eventually(url+" is refused", func() bool { return h.logged(words...) })
}

// wrongURL starts the agent with a URL that can't be meant.
func (h *host) wrongURL(url string, words ...string) {
	h.t.Helper()
	program, err := plugin()
	check(h.t, err)
	ctx, cancel := context.WithTimeout(h.ctx, 10*time.Second)
	defer cancel()
	_, err = h.Run(ctx, program, "--store", url)
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			h.t.Errorf("%s: %v, which does not say %q", url, err, word)
		}
	}
}
