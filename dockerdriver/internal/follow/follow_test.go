package follow_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/client"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/dockertest"
	"github.com/vlcp-go/vlcp/dockerdriver/internal/follow"
)

// docker tells events, from five seconds after the beginning on.
type docker struct {
	*dockertest.Events
	asked []string // when, since the beginning
	begun time.Time
}

func (d *docker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/events") {
		w.Header().Set("Api-Version", "1.41")
		return
	}
	since := time.Since(d.begun)
	d.asked = append(d.asked, since.String())
	if since < 5*time.Second {
		http.Error(w, "{}", http.StatusServiceUnavailable)
		return
	}
	d.Events.ServeHTTP(w, r)
}

// TestEvents has a Docker come late, tell something, and be restarted.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &docker{Events: dockertest.NewEvents(), begun: time.Now()}
		c, err := client.NewClientWithOpts(client.WithHTTPClient(&http.Client{Transport: dockertest.Transport{Handler: d}}), client.WithAPIVersionNegotiation())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		var heard []string
		go func() {
			ended <- follow.Events(ctx, c, func() events.ListOptions { return events.ListOptions{} },
				func() { heard = append(heard, "begun") }, func(e events.Message) { heard = append(heard, e.Actor.ID) })
		}()
		time.Sleep(10 * time.Second)
		d.Tell(events.Message{Actor: events.Actor{ID: "a"}})
		synctest.Wait()
		d.HangUp()
		time.Sleep(2 * time.Second)
		d.Tell(events.Message{Actor: events.Actor{ID: "b"}})
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if want := []string{"begun", "begun", "begun", "begun", "a", "begun", "b"}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
		if got := fmt.Sprint(d.asked); got != "[0s 1s 3s 7s 11s]" {
			t.Errorf("asked at %s", got)
		}
	})
}
