package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// The events of a watch: two objects there are, one is changed, one created, and
// after a resync one is gone and one is as it was.
const events = `event: put
data: {"kind":"networks","id":"blue","object":{"mtu":1}}

event: put
data: {"kind":"networks","id":"green","object":{"mtu":1}}

event: synced
data: {"kinds":["networks"]}

: alive

event: put
data: {"kind":"networks","id":"blue","object":{"mtu":2}}

event: put
data: {"kind":"networks","id":"red","object":{}}

event: put
data: {"kind":"ports","id":"p","object":{}}

event: resync
data: {"kinds":["networks"]}

event: put
data: {"kind":"networks","id":"blue","object":{"mtu":2}}

event: put
data: {"kind":"networks","id":"red","object":{"mtu":3}}

event: synced
data: {"kinds":["networks","ports"]}

event: delete
data: {"kind":"networks","id":"blue"}

event: delete
data: {"kind":"networks","id":"never-seen"}

`

// watch is what vlcp watch prints of an agent that gives these answers, one after
// the other: events, or the status of an error. It ends with one that stays.
func watch(t *testing.T, answers []string, args ...string) (stdout, stderr string) {
	t.Helper()
	address := serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer := answers[0]
		answers = answers[1:]
		if status, err := strconv.Atoi(answer); err == nil {
			w.WriteHeader(status)
			fmt.Fprint(w, `{"detail":"no, `+answer+`"}`)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, answer)
	}))
	last := answers[len(answers)-1]
	stdout, stderr, err := run(t, fake(), append([]string{"watch", "--api", address}, args...)...)
	if err == nil || !strings.HasPrefix(err.Error(), "no, "+last) || len(answers) > 0 {
		t.Errorf("ended with %v, without asking for %v", err, answers)
	}
	return stdout, stderr
}

func watchOnce(t *testing.T, args ...string) string {
	t.Helper()
	stdout, _ := watch(t, []string{events, "404"}, args...)
	return stdout
}

// news is what is new in events.
const news = "changed   network blue\ncreated   network red\nchanged   network red\ndeleted   network green\ndeleted   network blue\n"

func TestWatch(t *testing.T) {
	if diff := cmp.Diff(news, watchOnce(t)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	all := strings.Replace("exists    network blue\nexists    network green\n"+news, "changed   network red\n", "exists    port p\nchanged   network red\n", 1)
	if diff := cmp.Diff(all, watchOnce(t, "--all")); diff != "" {
		t.Errorf("--all (-want +got)\n%s", diff)
	}
	const first = `{"change":"changed","kind":"networks","id":"blue","object":{"mtu":2}}` + "\n"
	const last = `{"change":"deleted","kind":"networks","id":"blue"}` + "\n"
	if got := watchOnce(t, "-o", "json"); !strings.HasPrefix(got, first) || !strings.HasSuffix(got, last) {
		t.Errorf("as JSON: %s", got)
	}
	refuse(t, "-o yaml: use table or json", "watch", "-o", "yaml")
	refuse(t, "no agent answers", "watch", "--api", "unix:///nowhere")
}

// What the agent has when it is back is compared with what it had.
const eventsAfterwards = `event: put
data: {"kind":"networks","id":"red","object":{"mtu":3}}

event: put
data: {"kind":"networks","id":"white","object":{}}

event: synced
data: {"kinds":["networks","ports"]}

event: put
data: {"kind":"networks","id":"red","object":{"mtu":4}}

`

// An agent that goes is waited for, and said to be gone once. What was seen
// before is no news.
func TestWatchGoesOn(t *testing.T) {
	cut := events[:strings.Index(events, "event: synced")] // before all was seen
	const failed = "event: failed\ndata: {\"problem\":\"the store is closed\"}\n\n"
	const gone = "vlcp: the agent ended the watch; waiting for the agent\n"
	for _, tt := range []struct {
		answers        []string
		stdout, stderr string
	}{
		{[]string{events, "503", "500", eventsAfterwards, "401"}, news + "resumed\ncreated   network white\ndeleted   port p\nchanged   network red\n", gone + gone},
		{[]string{cut, failed, eventsAfterwards, "403"}, "resumed\ndeleted   network blue\ndeleted   network green\nchanged   network red\n", gone + gone},
		{[]string{"503"}, "", ""}, // it never was there
	} {
		stdout, stderr := watch(t, tt.answers)
		if stdout != tt.stdout || stderr != tt.stderr {
			t.Errorf("%s\n%s\nwant %s\n%s", stdout, stderr, tt.stdout, tt.stderr)
		}
	}
}

// interrupt is a log at whose first line the user presses Ctrl-C.
type interrupt func()

func (i interrupt) Write(line []byte) (int, error) {
	i()
	return len(line), nil
}

func TestInterruptWhileWaiting(t *testing.T) {
	address := serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, events)
	}))
	c, err := client.New(client.Config{Address: address})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	w := newWatcher()
	w.out, w.form = io.Discard, "table"
	if err := follow(ctx, c, w, nil, interrupt(cancel)); !errors.Is(err, context.Canceled) || w.synced["networks"] != true {
		t.Errorf("ended with %v", err)
	}
}
