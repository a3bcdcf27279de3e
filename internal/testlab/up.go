package testlab

import (
	"context"
	"errors"
	"sync"
)

// Up makes hosts, at the same time, and gives each Open vSwitch, Docker and
// [Image].
func (l *Lab) Up(ctx context.Context, configs ...HostConfig) ([]*Host, error) {
	hosts, errs := make([]*Host, len(configs)), make([]error, len(configs))
	var starting sync.WaitGroup
	starting.Go(func() { l.image() }) // takes as long as a host; ImportImage gets its error
	for i, c := range configs {
		starting.Go(func() { hosts[i], errs[i] = l.up(ctx, c) })
	}
	starting.Wait()
	return hosts, errors.Join(errs...)
}

func (l *Lab) up(ctx context.Context, c HostConfig) (*Host, error) {
	h, err := l.Host(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := h.StartOVS(ctx); err != nil {
		return nil, err
	}
	if err := h.StartDocker(ctx); err != nil {
		return nil, err
	}
	return h, h.ImportImage(ctx)
}
