package main

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
)

// TestStoreCopy moves a host from its file to each of the clusters and back: an
// agent on the copy goes on with the same networks.
func TestStoreCopy(t *testing.T) {
	ovs := testenv.OVS(t)
	file := "bolt://" + filepath.Join(t.TempDir(), "vlcp.db")
	serveOn := func(store string, check func(d *process)) {
		d := newDaemon(t, "--ovs-database", ovs.DB, "--datapath", "netdev", "--tunnel-ip", "127.0.0.1", "--api", "", "--store", store)
		ovs.Do(func() { d.start() })
		check(d)
		d.stop()
	}
	ovs.Do(func() { setUp(t, "lo") })
	serveOn(file, func(d *process) {
		if got := d.call("NetworkDriver.CreateNetwork", createNetwork); got != "{}\n" {
			t.Fatal(got)
		}
		refuseCopy(t, `another vlcp is running with this store: .*; stop it first, with systemctl stop vlcp.socket vlcp.service`, file, "bolt:///nowhere")
	})
	t.Run("unfinished", func(t *testing.T) {
		unfinished := "bolt://" + filepath.Join(t.TempDir(), "unfinished.db")
		inStore(t, unfinished, func(s kvstore.Store) {
			draft := kvstore.Op{Key: "schema", Write: kvstore.Put, Value: []byte(`{"written":1,"minReader":2147483647,"draft":true}`)}
			if err := s.Commit(t.Context(), []kvstore.Op{draft}); err != nil {
				t.Fatal(err)
			}
		})
		var out []byte // an error is in it
		ovs.Do(func() {
			d := newDaemon(t, "--ovs-database", ovs.DB, "--datapath", "netdev", "--tunnel-ip", "127.0.0.1", "--api", "", "--store", unfinished)
			d.cmd.Stderr = nil
			out, _ = d.cmd.CombinedOutput()
		})
		if !matches(`vlcp: open the store: a copy to it was not finished: do it again, or delete all keys in it\n$`, string(out)) {
			t.Errorf("an agent on it: %s", out)
		}
		storeCopy(t, file, unfinished) // goes on with it
	})
	for _, cluster := range []struct {
		scheme string
		start  func(t *testing.T) string // the address of a server
	}{
		{"etcd", func(t *testing.T) string { return testenv.Etcd(t, 1)[0].Addr }},
		{"zk", func(t *testing.T) string { return testenv.ZooKeeper(t, 1)[0].Addr }},
		{"consul", func(t *testing.T) string { return testenv.Consul(t, 1)[0].Addr }},
	} {
		t.Run(cluster.scheme, func(t *testing.T) {
			server := cluster.start(t)
			there, back := cluster.scheme+"://"+server+"/vlcp", "bolt://"+filepath.Join(t.TempDir(), "back.db")
			storeCopy(t, file, there)
			storeCopy(t, there, back) // before the agent on it changes it
			var way *testenv.Proxy
			ovs.Do(func() { way = testenv.NewProxy(t, server) })
			for _, store := range []string{cluster.scheme + "://" + way.Addr + "/vlcp", back} {
				serveOn(store, func(d *process) {
					if got := d.call("NetworkDriver.CreateEndpoint", createEndpoint); !strings.HasPrefix(got, `{"Interface":`) {
						t.Errorf("CreateEndpoint: %s", got)
					}
					if got := d.call("NetworkDriver.DeleteEndpoint", `{"NetworkID":"n1","EndpointID":"e1"}`); got != "{}\n" {
						t.Errorf("DeleteEndpoint: %s", got)
					}
				})
			}
			copyMuch(t, cluster.scheme+"://"+server+"/much")
			refuseCopy(t, `the store to copy to is not empty: it has \d+ keys; name another root`, file, there)
		})
	}
}

// copyMuch copies what takes many commits, there and back.
func copyMuch(t *testing.T, there string) {
	t.Helper()
	file, back := "bolt://"+filepath.Join(t.TempDir(), "much.db"), "bolt://"+filepath.Join(t.TempDir(), "back.db")
	const keys = 1500
	ops := make([]kvstore.Op, 0, keys)
	for i := range keys {
		ops = append(ops, kvstore.Op{Key: kvstore.Key("net", "blue", "port", strconv.Itoa(i)), Write: kvstore.Put, Value: []byte("{}")})
	}
	for i := range 8 {
		ops[i].Value = bytes.Repeat([]byte("x"), 100_000)
	}
	ops = append(ops, kvstore.Op{Key: "schema", Write: kvstore.Put, Value: []byte(`{"written":1,"minReader":1}`)})
	inStore(t, file, func(s kvstore.Store) {
		for batch := range slices.Chunk(ops, s.Limits().Ops) {
			if err := s.Commit(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
	})
	storeCopy(t, file, there)
	storeCopy(t, there, back)
	inStore(t, back, func(s kvstore.Store) {
		entries, err := s.List(t.Context(), "")
		if err != nil || len(entries) != len(ops) {
			t.Fatalf("%d keys came back of %d: %v", len(entries), len(ops), err)
		}
		slices.SortFunc(ops, func(a, b kvstore.Op) int { return strings.Compare(a.Key, b.Key) })
		for i, e := range entries {
			if e.Key != ops[i].Key || !bytes.Equal(e.Value, ops[i].Value) {
				t.Fatalf("%s came back as %s, with %.20q", ops[i].Key, e.Key, e.Value)
			}
		}
	})
}

const createEndpoint = `{"NetworkID":"n1","EndpointID":"e1","Interface":{"Address":"10.1.0.7/24"},"Options":{}}`

func storeCopy(t *testing.T, from, to string) {
	t.Helper()
	out, err := program(t, "store", "copy", from, to).CombinedOutput()
	if err != nil || !matches(`^\d+ keys copied; now set store = ".*" in /etc/vlcp.toml and start vlcp\n$`, string(out)) {
		t.Fatalf("from %s to %s: %v, %s", from, to, err, out)
	}
}

func refuseCopy(t *testing.T, want, from, to string) {
	t.Helper()
	out, err := program(t, "store", "copy", from, to).CombinedOutput()
	if err == nil || !matches("^vlcp: .*"+want, string(out)) {
		t.Errorf("from %s to %s: %v, %s; want %s", from, to, err, out, want)
	}
}

func TestStoreCopyRefuses(t *testing.T) {
	dir := t.TempDir()
	empty := "bolt://" + filepath.Join(dir, "empty.db")
	inStore(t, empty, func(kvstore.Store) {}) // makes it
	away := "etcd://" + url.UserPassword("u", "secret").String() + "@127.0.0.1:1"
	refuseCopy(t, "FROM and TO are the same store", empty, empty)
	refuseCopy(t, "there is no store "+dir+"/none.db", "bolt://"+dir+"/none.db", away)
	refuseCopy(t, "the store to copy from has no data", empty, "bolt://"+dir+"/to.db")
	refuseCopy(t, "memory: is a store that is forgotten at the end", empty, "memory:")
	refuseCopy(t, "can't be reached", empty, away)
	refuseCopy(t, "store oracle:…: use bolt:///", empty, "oracle://x")
	out, _ := program(t, "store", "copy", empty, away).CombinedOutput()
	if strings.Contains(string(out), "secret") {
		t.Errorf("shows the password: %s", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "none.db")); err == nil {
		t.Error("made the file that was to be copied")
	}
}

// inStore does something in a store.
func inStore(t *testing.T, location string, do func(kvstore.Store)) {
	t.Helper()
	s, err := openStore(t.Context(), location, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	do(s)
}
