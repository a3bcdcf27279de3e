package feed_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/internal/feed"
)

func entry(key, value string) kvstore.Entry {
	return kvstore.Entry{Key: key, Value: []byte(value), Revision: "r"}
}

// sentence is a batch in short: [a=1 b=2], a snapshot with an S.
func sentence(b kvstore.Batch) string {
	words := make([]string, len(b.Entries))
	for i, e := range b.Entries {
		words[i] = fmt.Sprintf("%s=%s", e.Key, e.Value)
	}
	s := "[" + strings.Join(words, " ") + "]"
	if b.Snapshot {
		return "S" + s
	}
	return s
}

// TestPublishedAroundTheSnapshot publishes while the snapshot is taken: what is
// in it does not come again, what is not does.
func TestPublishedAroundTheSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f feed.Feed
		f.Publish(1, []kvstore.Entry{entry("w/a", "1")}) // nobody listens
		snapshot := func() ([]kvstore.Entry, uint64, error) {
			f.Publish(2, []kvstore.Entry{entry("w/a", "2"), entry("w/b", "2")})
			f.Publish(3, []kvstore.Entry{entry("w/a", "3")})
			f.Publish(4, []kvstore.Entry{entry("w/b", "4"), entry("v/b", "4")})
			return []kvstore.Entry{entry("w/a", "3"), entry("w/b", "2")}, 3, nil
		}
		var got []string
		ctx, cancel := context.WithCancel(t.Context())
		go f.Watch(ctx, nil, "w/", snapshot, func(b kvstore.Batch) error {
			got = append(got, sentence(b))
			return nil
		})
		synctest.Wait()
		f.Publish(5, []kvstore.Entry{entry("v/c", "5")})
		f.Publish(6, []kvstore.Entry{entry("w/d", "6"), entry("w/c", "6")})
		synctest.Wait()
		cancel()
		synctest.Wait()
		f.Publish(7, []kvstore.Entry{entry("w/a", "7")}) // nobody listens any more
		if got, want := strings.Join(got, " "), "S[w/a=3 w/b=2] [w/b=4] [w/c=6 w/d=6]"; got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	})
}

// TestSlowConsumer lets much happen during one call of fn: it gets the last
// state of each key, in the order of the commits.
func TestSlowConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f feed.Feed
		var got []string
		empty := func() ([]kvstore.Entry, uint64, error) { return nil, 0, nil }
		go f.Watch(t.Context(), nil, "", empty, func(b kvstore.Batch) error {
			got = append(got, sentence(b))
			if b.Snapshot {
				for i := range uint64(20) {
					f.Publish(i+1, []kvstore.Entry{entry(fmt.Sprintf("k%d", i%3), fmt.Sprint(i))})
				}
			}
			return nil
		})
		synctest.Wait()
		if got, want := strings.Join(got, " "), "S[] [k2=17 k0=18 k1=19]"; got != want {
			t.Errorf("told %s, want %s", got, want)
		}
	})
}

func TestWatchEnds(t *testing.T) {
	var f feed.Feed
	mine := errors.New("mine")
	empty := func() ([]kvstore.Entry, uint64, error) { return nil, 0, nil }
	ignore := func(kvstore.Batch) error { return nil }
	closed := make(chan struct{})
	close(closed)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		got, want error
	}{
		"no snapshot": {f.Watch(t.Context(), nil, "", func() ([]kvstore.Entry, uint64, error) { return nil, 0, mine }, ignore), mine},
		"fn fails":    {f.Watch(t.Context(), nil, "", empty, func(kvstore.Batch) error { return mine }), mine},
		"closed":      {f.Watch(t.Context(), closed, "", empty, ignore), kvstore.ErrClosed},
		"cancelled":   {f.Watch(cancelled, nil, "", empty, ignore), context.Canceled},
	} {
		if !errors.Is(test.got, test.want) {
			t.Errorf("%s: %v, want %v", name, test.got, test.want)
		}
	}
}
