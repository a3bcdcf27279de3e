package consul

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// session is the session of Consul that holds the ephemeral keys. There is none
// before the first of them is written.
type session struct {
	turn chan struct{} // filled by whoever uses id
	id   string
}

func newSession() *session { return &session{turn: make(chan struct{}, 1)} }

// enter waits for the turn to use id.
func (s *session) enter(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return read(ctx.Err())
	}
}

func (s *session) leave() { <-s.turn }

// forget makes the next ephemeral key open another session than id.
func (s *session) forget(ctx context.Context, id string) {
	if s.enter(ctx) != nil {
		return
	}
	defer s.leave()
	if s.id == id {
		s.id = ""
	}
}

// sessionID is the session, opened if there is none. The agent that it was asked of
// is not to fail with it (no checks), and its keys may be locked again at once (no
// lock delay).
func (s *Store) sessionID(ctx context.Context) (string, error) {
	if err := s.session.enter(ctx); err != nil {
		return "", err
	}
	defer s.session.leave()
	if s.session.id != "" {
		return s.session.id, nil
	}
	id, _, err := s.client.Session().CreateNoChecks(&api.SessionEntry{
		Name:      "vlcp",
		Behavior:  api.SessionBehaviorDelete,
		TTL:       s.ttl.String(),
		LockDelay: -1, // is sent as 0ms; 0 is not sent, and is 15 s then
	}, (&api.WriteOptions{}).WithContext(ctx))
	if err != nil {
		return "", fmt.Errorf("opening a session for ephemeral keys: %w", read(err))
	}
	s.session.id = id
	s.keepers.Go(func() { s.keep(id) })
	return id, nil
}

// keep renews a session until the store is closed, or the session is gone.
func (s *Store) keep(id string) {
	ctx, cancel := s.during(context.Background())
	defer cancel()
	tick := time.NewTicker(s.ttl / 3)
	defer tick.Stop()
	for away := false; ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		alive, err := s.renew(ctx, id)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && !alive:
			s.log.Warn("Consul ended the session and deleted its ephemeral keys: they come back when they are written again", "session", id)
			s.session.forget(ctx, id)
			return
		case err != nil && !away:
			s.log.Warn("the session with Consul can't be renewed", "session", id, "error", err)
		}
		away = err != nil
	}
}

// renew tells Consul that the session lives; alive is false if it is gone.
func (s *Store) renew(ctx context.Context, id string) (alive bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	session, _, err := s.client.Session().Renew(id, (&api.WriteOptions{}).WithContext(ctx))
	return session != nil, err
}

// endSession has Consul delete the ephemeral keys, when nothing else uses the
// session any more.
func (s *Store) endSession() error {
	if s.session.id == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	err := insist(ctx, func(ctx context.Context) error {
		_, err := s.client.Session().Destroy(s.session.id, (&api.WriteOptions{}).WithContext(ctx))
		return read(err)
	})
	if isAway(err) {
		return fmt.Errorf("%w: %w", kvstore.ErrUnavailable, err)
	}
	return err
}
