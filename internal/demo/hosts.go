package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vlcp-go/vlcp/internal/testlab"
)

// start makes two hosts with everything that runs on them, and the store.
func start(ctx context.Context, lab *testlab.Lab, s server, program string) ([]*testlab.Host, error) {
	step(fmt.Sprintf("Two hosts in namespaces, each with its own Open vSwitch, vlcp and Docker. They share a store of %s:", s.name))
	fmt.Printf("store = %q\n", s.url())
	if err := s.start(ctx, lab.Outside); err != nil {
		return nil, err
	}
	hosts, errs := make([]*testlab.Host, 2), make([]error, 2)
	var starting sync.WaitGroup
	for i := range hosts {
		h, err := lab.Host(ctx, testlab.HostConfig{Name: fmt.Sprintf("host%d", i+1)})
		if err != nil {
			return nil, err
		}
		hosts[i] = h
		starting.Go(func() { errs[i] = startHost(ctx, h, s.url(), program) })
	}
	starting.Wait()
	return hosts, errors.Join(errs...)
}

// startHost starts a host's parts, in the order in which a machine does.
func startHost(ctx context.Context, h *testlab.Host, store, program string) error {
	if err := h.StartOVS(ctx); err != nil {
		return err
	}
	plugin, err := h.Start(ctx, "vlcp", program, "--store", store)
	if err != nil {
		return err
	}
	if err := plugin.Ready(ctx); err != nil {
		return err
	}
	if err := h.StartDocker(ctx); err != nil {
		return err
	}
	return h.ImportImage(ctx)
}
