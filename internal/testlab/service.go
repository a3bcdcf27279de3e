package testlab

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"time"
)

// serve starts one of the host's own services.
func (h *Host) serve(ctx context.Context, name string, args ...string) error {
	p, err := h.Start(ctx, name, append([]string{name}, args...)...)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.services == nil {
		h.services = map[string]*Process{}
	}
	h.services[name] = p
	return nil
}

// service is a service that was started; nil without.
func (h *Host) service(name string) *Process {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.services[name]
}

func (h *Host) stop(ctx context.Context, name string, sig syscall.Signal) error {
	p := h.service(name)
	if p == nil {
		return nil
	}
	return p.Stop(ctx, sig)
}

// awaitSocket returns when the service listens at a path of the host.
func (h *Host) awaitSocket(ctx context.Context, service, path string) error {
	p := h.service(service)
	for {
		c, err := net.Dial("unix", h.Path(path))
		if err == nil {
			return c.Close()
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s: %s ended: %w\n%s", h.Name, service, p.err, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("%s: %s: %w: %w\n%s", h.Name, service, err, ctx.Err(), p.tail())
		case <-time.After(time.Millisecond):
		}
	}
}
