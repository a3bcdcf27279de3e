package netsync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/docker/docker/api/types/events"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/client"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/follow"
)

// Connect makes a client of a Docker 20.10 or newer at unix:///path or
// tcp://host:port, which need not run yet. certs is a directory with ca.pem,
// cert.pem and key.pem for TLS, as DOCKER_CERT_PATH; "": none.
func Connect(host, certs string, log *slog.Logger) (*client.Client, error) {
	if !strings.HasPrefix(host, "unix://") && !strings.HasPrefix(host, "tcp://") {
		return nil, fmt.Errorf("docker %q: use unix:///path or tcp://host:port", host)
	}
	opts := []client.Opt{client.WithHost(host), client.WithAPIVersionNegotiation()}
	if certs != "" {
		file := func(name string) string { return filepath.Join(certs, name) }
		opts = append(opts, client.WithTLSClientConfig(file("ca.pem"), file("cert.pem"), file("key.pem")))
	} else if isExposed(host) {
		log.Warn("Docker is reached over the network without TLS: whoever reaches that port is root of this host", "docker", host)
	}
	c, err := client.NewClientWithOpts(opts...)
	if err != nil {
		return nil, fmt.Errorf("docker %s: %w", host, err)
	}
	return c, nil
}

// isExposed tells whether an address is for others than this host.
func isExposed(host string) bool {
	u, err := url.Parse(host)
	if err != nil || u.Scheme == "unix" || u.Hostname() == "localhost" {
		return false
	}
	a, err := netip.ParseAddr(u.Hostname())
	return err != nil || !a.IsLoopback()
}

// listen kicks when Docker says that something happened, until ctx ends.
func (s *Syncer) listen(ctx context.Context) error {
	which := func() events.ListOptions {
		return events.ListOptions{Filters: filters.NewArgs(
			filters.Arg("type", "network"), filters.Arg("type", "container"),
			filters.Arg("event", "create"), filters.Arg("event", "destroy"), filters.Arg("event", "disconnect"),
		)}
	}
	return follow.Events(ctx, s.Docker, which, s.kick, func(e events.Message) {
		if s.matters(e) {
			s.kick()
		}
	})
}

// matters tells whether an event is a reason to look.
func (s *Syncer) matters(e events.Message) bool {
	switch {
	case e.Type == events.NetworkEventType && e.Action != events.ActionDisconnect:
		return true
	case e.Type == events.ContainerEventType && e.Action == events.ActionCreate:
		return false
	}
	return s.waiting.Load()
}

// destroyed are the networks that Docker remembers having removed: it keeps its
// last events, a few hundred since it was started.
func (s *Syncer) destroyed(ctx context.Context) (map[string]bool, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	now := time.Now()
	all, failed := s.Docker.Events(ctx, events.ListOptions{Since: "1", Until: fmt.Sprintf("%d.%09d", now.Unix(), now.Nanosecond()),
		Filters: filters.NewArgs(filters.Arg("type", "network"), filters.Arg("event", "destroy"))})
	ids := map[string]bool{}
	for {
		select {
		case e := <-all:
			ids[e.Actor.ID] = true
		case err := <-failed:
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return ids, err
		}
	}
}
