package cli

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// watch is what vlcp watch prints until the agent ends it.
func watch(t *testing.T, args ...string) string {
	t.Helper()
	address := serveHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, events)
	}))
	stdout, _, err := run(t, fake(), append([]string{"watch", "--api", address}, args...)...)
	if err == nil || !strings.Contains(err.Error(), "the agent ended the watch") {
		t.Errorf("ended with %v", err)
	}
	return stdout
}

func TestWatch(t *testing.T) {
	const news = "changed   network blue\ncreated   network red\nchanged   network red\ndeleted   network green\ndeleted   network blue\n"
	if diff := cmp.Diff(news, watch(t)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	all := strings.Replace("exists    network blue\nexists    network green\n"+news, "changed   network red\n", "exists    port p\nchanged   network red\n", 1)
	if diff := cmp.Diff(all, watch(t, "--all")); diff != "" {
		t.Errorf("--all (-want +got)\n%s", diff)
	}
	const first = `{"change":"changed","kind":"networks","id":"blue","object":{"mtu":2}}` + "\n"
	const last = `{"change":"deleted","kind":"networks","id":"blue"}` + "\n"
	if got := watch(t, "-o", "json"); !strings.HasPrefix(got, first) || !strings.HasSuffix(got, last) {
		t.Errorf("as JSON: %s", got)
	}
	refuse(t, "-o yaml: use table or json", "watch", "-o", "yaml")
	refuse(t, "no agent answers", "watch", "--api", "unix:///nowhere")
}
