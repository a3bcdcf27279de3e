package consul_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/consul"
)

// TestSessionRenewed follows a session over minutes: it is opened with the first
// ephemeral key, renewed, opened again after it was lost, and closed.
func TestSessionRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var opened, renewed, closed int
		var lost atomic.Bool
		var body map[string]any
		s := fake(func(r *http.Request) answer {
			switch path := r.URL.Path; {
			case path == "/v1/session/create":
				opened++
				body = nil
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					t.Error(err)
				}
				return answer{body: `{"ID": "s"}`}
			case path == "/v1/session/renew/s" && lost.Load():
				return answer{status: http.StatusNotFound}
			case path == "/v1/session/renew/s":
				if renewed++; renewed%5 == 0 {
					return answer{status: 500, body: "No cluster leader"}
				}
				return answer{body: `[{"ID": "s"}]`}
			case path == "/v1/session/destroy/s":
				closed++
			}
			return answer{body: `{}`}
		}).store(t, consul.TTL(30*time.Second))
		put(t, s, "durable", "1")
		sleep(time.Minute)
		if opened+renewed != 0 {
			t.Errorf("without an ephemeral key the session was opened %d times and renewed %d times", opened, renewed)
		}
		putEphemeral(t, s, "a", "1")
		sleep(5 * time.Minute)
		putEphemeral(t, s, "b", "1")
		if opened != 1 || renewed != 30 {
			t.Errorf("in 5 minutes the session was opened %d times and renewed %d times, want 1, 30", opened, renewed)
		}
		if body["TTL"] != "30s" || body["LockDelay"] != "0ms" || body["Behavior"] != "delete" || len(body["NodeChecks"].([]any)) != 0 {
			t.Errorf("the session is %v", body)
		}
		lost.Store(true)
		sleep(time.Minute)
		lost.Store(false)
		putEphemeral(t, s, "a", "2")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if opened != 2 || closed != 1 {
			t.Errorf("the session was opened %d times and closed %d times, want 2, 1", opened, closed)
		}
	})
}

// TestSessionEnded has an operator end the session: its keys go, and the next that
// is written opens another.
func TestSessionEnded(t *testing.T) {
	c := testenv.Consul(t, 1)
	operator := client(t, c[0].Addr, "")
	s := open(t, c[0].Addr)
	w := follow(t, s, "")
	for _, value := range []string{"1", "2"} {
		putEphemeral(t, s, "live/a", value)
		w.is("live/a=" + value)
		sessions, _, err := operator.Session().List(nil)
		if err != nil || len(sessions) != 1 || sessions[0].Name != "vlcp" {
			t.Fatalf("the sessions are %v, %v", sessions, err)
		}
		if _, err := operator.Session().Destroy(sessions[0].ID, nil); err != nil {
			t.Fatal(err)
		}
		w.is("")
	}
}

// TestDeadProcess cuts a session off, as if its process had died: its keys go by
// themselves, but for those that others took over.
func TestDeadProcess(t *testing.T) {
	c := testenv.Consul(t, 1, `session_ttl_min = "1s"`)
	s := open(t, c[0].Addr)
	way := testenv.NewProxy(t, c[0].Addr)
	dead := open(t, way.Addr, consul.TTL(time.Second))
	putEphemeral(t, dead, "live/a", "1")
	putEphemeral(t, dead, "live/b", "1")
	put(t, dead, "durable/a", "1")
	way.Cut()
	putEphemeral(t, s, "live/b", "2")
	follow(t, s, "").is("durable/a=1 live/b=2")
	if err := dead.Close(); !errors.Is(err, kvstore.ErrUnavailable) {
		t.Errorf("Close without a Consul = %v", err)
	}
}

// TestForeignLock: a key that another program holds is written all the same, and
// what it was held for is over.
func TestForeignLock(t *testing.T) {
	c := testenv.Consul(t, 1)
	other := client(t, c[0].Addr, "")
	lock, err := other.LockKey("vlcp/a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Lock(nil); err != nil {
		t.Fatal(err)
	}
	s := open(t, c[0].Addr)
	held := get(t, s, "a")
	op := kvstore.Op{Key: "a", Check: true, Revision: held.Revision, Write: kvstore.Put, Value: []byte("mine")}
	if err := s.Commit(t.Context(), []kvstore.Op{op}); err != nil {
		t.Error(err)
	}
	pair, _, err := other.KV().Get("vlcp/a", nil)
	if err != nil || pair.Session != "" || string(pair.Value) != "mine" {
		t.Errorf("the key is %+v, %v", pair, err)
	}
	_ = lock.Unlock() // it does not hold it any more
}

// TestLogged: a Consul that goes away and comes back is told of once each.
func TestLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		var away atomic.Bool
		s := fake(func(r *http.Request) answer {
			switch {
			case away.Load():
				return answer{status: 500, body: "No cluster leader"}
			case r.URL.Query().Has("stale"):
				return silent(r)
			}
			return state(5)
		}).store(t, consul.Logger(slog.New(slog.NewTextHandler(&log, nil))))
		w := follow(t, s, "w/")
		w.is("")
		for range 2 {
			away.Store(true)
			sleep(10 * time.Minute)
			away.Store(false)
			sleep(time.Minute)
		}
		if n := strings.Count(log.String(), "level="); n != 4 {
			t.Errorf("logged are %d lines:\n%s", n, &log)
		}
	})
}

// sleep lets time pass in a bubble, and all that runs in it come to rest.
func sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
