package testlab

import (
	"context"
	"errors"
	"sync"
)

// Up makes hosts and gives each Open vSwitch, Docker and [Image]. They start
// at the same time; their addresses are in the order of the configs.
func (l *Lab) Up(ctx context.Context, configs ...HostConfig) ([]*Host, error) {
	var hosts []*Host
	for _, c := range configs {
		h, err := l.newHost(c)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, h)
	}
	errs := make([]error, len(hosts))
	var starting sync.WaitGroup
	starting.Go(func() { l.image() }) // takes as long as a host; ImportImage gets its error
	for i, h := range hosts {
		starting.Go(func() { errs[i] = h.up(ctx) })
	}
	starting.Wait()
	return hosts, errors.Join(errs...)
}

func (h *Host) up(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		h.boot,
		h.StartOVS,
		func(ctx context.Context) error { return h.StartDocker(ctx) },
		h.ImportImage,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}
