package consul_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
)

var write = []kvstore.Op{{Key: "a", Write: kvstore.Put, Value: []byte("1")}}

var onlyCheck = []kvstore.Op{{Key: "a", Check: true}}

// TestFaults: after whatever goes wrong a commit says truly whether something may
// have been written.
func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		answer          answer
		commit, another error // another: that of a read, or of a commit that only checks
		says            string
	}{
		"the leader fell in the middle": {
			answer{status: 500, body: "rpc error making call: leadership lost while committing log"},
			kvstore.ErrUnknown, kvstore.ErrUnavailable, "leadership lost",
		},
		"a server fell in the middle":  {answer{status: 500, body: "rpc error making call: EOF"}, kvstore.ErrUnknown, kvstore.ErrUnavailable, "EOF"},
		"no leader":                    {answer{status: 500, body: "No cluster leader"}, kvstore.ErrUnavailable, kvstore.ErrUnavailable, "No cluster leader"},
		"the leader is out of reach":   {answer{status: 500, body: "rpc error getting client: failed to get conn: dial tcp"}, kvstore.ErrUnavailable, kvstore.ErrUnavailable, ""},
		"a client without servers":     {answer{status: 500, body: "No known Consul servers"}, kvstore.ErrUnavailable, kvstore.ErrUnavailable, ""},
		"too many requests":            {answer{status: 429, body: "Your IP is issuing too many concurrent connections"}, kvstore.ErrUnavailable, kvstore.ErrUnavailable, ""},
		"nobody listens":               {answer{err: &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}}, kvstore.ErrUnavailable, kvstore.ErrUnavailable, "refused"},
		"the connection is cut":        {answer{err: &net.OpError{Op: "read", Err: syscall.ECONNRESET}}, kvstore.ErrUnknown, kvstore.ErrUnavailable, "reset"},
		"the answer is cut":            {answer{body: `{"Results": [`}, kvstore.ErrUnknown, kvstore.ErrUnavailable, "EOF"},
		"a proxy answers":              {answer{status: 502, body: "<html>bad gateway</html>"}, kvstore.ErrUnknown, kvstore.ErrUnavailable, "bad gateway"},
		"too many operations":          {answer{status: 413, body: "Transaction contains too many operations (70 > 64)"}, kvstore.ErrTooLarge, nil, "70 > 64"},
		"not allowed":                  {answer{status: 403, body: "rpc error making call: Permission denied"}, nil, nil, "Permission denied"},
		"no such token":                {answer{status: 403, body: "ACL not found"}, nil, nil, "ACL not found"},
		"not allowed, in an operation": {answer{status: 409, body: `{"Errors": [{"OpIndex": 0, "What": "Permission denied"}]}`}, nil, nil, "Permission denied"},
		"a fault of Consul":            {answer{status: 409, body: `{"Errors": [{"OpIndex": 0, "What": "failed kvs lookup"}]}`}, nil, kvstore.ErrConflict, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := fake(func(*http.Request) answer { return tt.answer }).store(t)
				wantSentinel(t, "Commit", s.Commit(t.Context(), write), tt.commit, tt.says)
				wantSentinel(t, "Commit of a check", s.Commit(t.Context(), onlyCheck), tt.another, tt.says)
				if tt.answer.status != http.StatusConflict && tt.answer.body != `{"Results": [` {
					_, err := s.Get(t.Context(), []string{"a"}, true)
					wantSentinel(t, "Get", err, tt.another, tt.says)
				}
			})
		})
	}
}

// wantSentinel wants an error that matches the sentinel, and no other.
func wantSentinel(t *testing.T, call string, err, want error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("%s = %v, want it to say %q", call, err, says)
	}
	for _, sentinel := range []error{
		kvstore.ErrUnknown, kvstore.ErrUnavailable, kvstore.ErrConflict, kvstore.ErrTooLarge, kvstore.ErrClosed,
		context.DeadlineExceeded, context.Canceled,
	} {
		if got := errors.Is(err, sentinel); got != (sentinel == want) {
			t.Errorf("%s = %v; matches %q: %v", call, err, sentinel, got)
		}
	}
}

// TestSilence: a Consul that never answers uses up the patience, or less.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake(silent).store(t)
		begin := time.Now()
		wantSentinel(t, "Commit", s.Commit(t.Context(), write), kvstore.ErrUnknown, "no answer")
		wantSentinel(t, "Commit of a check", s.Commit(t.Context(), onlyCheck), kvstore.ErrUnavailable, "no answer")
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("two calls took %v, of 5 s of patience each", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantBoth(t, s.Commit(ctx, write), context.DeadlineExceeded)
		_, err := s.List(ctx, "")
		wantSentinel(t, "List", err, context.DeadlineExceeded, "")
		go func() {
			time.Sleep(time.Second)
			s.Close()
		}()
		wantBoth(t, s.Commit(t.Context(), write), kvstore.ErrClosed)
	})
}

// wantBoth wants an unknown outcome, for a reason.
func wantBoth(t *testing.T, err, reason error) {
	t.Helper()
	if !errors.Is(err, kvstore.ErrUnknown) || !errors.Is(err, reason) {
		t.Errorf("Commit = %v, want that its outcome is unknown, and %q", err, reason)
	}
}

// TestPatience: what passes within the patience is not seen, and what was not heard
// is asked again.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked int
		s := fake(func(r *http.Request) answer {
			if asked++; asked%4 != 0 {
				return answer{status: 500, body: "No cluster leader"}
			}
			body, _ := io.ReadAll(r.Body)
			if !strings.Contains(string(body), `"Verb":"set"`) {
				t.Errorf("request %d is %s", asked, body)
			}
			return answer{body: `{}`}
		}).store(t)
		for range 2 {
			if err := s.Commit(t.Context(), write); err != nil {
				t.Error(err)
			}
		}
		if asked != 8 {
			t.Errorf("%d requests for two commits", asked)
		}
	})
}

// TestFiltered: keys that the token may not read are not taken for deleted.
func TestFiltered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake(func(*http.Request) answer {
			return answer{index: "5", body: "[]", filtered: true}
		}).store(t)
		_, err := s.List(t.Context(), "w/")
		wantSentinel(t, "List", err, nil, "Permission denied")
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		err = s.Watch(ctx, "w/", func(b kvstore.Batch) error {
			t.Errorf("told %s", batch(b))
			return nil
		})
		wantSentinel(t, "Watch", err, context.DeadlineExceeded, "")
	})
}
