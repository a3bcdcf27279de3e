package testlab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab/probe"
)

// State is what a running container of [Image] sees of its network.
func (h *Host) State(ctx context.Context, container string) (probe.State, error) {
	var s probe.State
	out, err := h.Exec(ctx, container, "probe", "dump")
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(out), &s)
}

// Ping sends count packets from a running container of [Image], 2 ms apart.
func (h *Host) Ping(ctx context.Context, container string, addr netip.Addr, count int) (probe.Stats, error) {
	var s probe.Stats
	out, err := h.Exec(ctx, container, "probe", "ping", "-c", strconv.Itoa(count), addr.String())
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(out), &s)
}

// Ping is a stream of packets from a container.
type Ping struct {
	stdin  io.Closer // with its end the stream ends
	stdout *os.File
	stderr bytes.Buffer
	done   chan struct{} // closed when the program has ended
	err    error         // how it ended; valid after done
}

// StartPing sends packets from a running container of [Image] at an interval,
// and returns at the first answer. ctx is for that alone: the stream goes on
// until Stop, or the host is closed.
func (h *Host) StartPing(ctx context.Context, container string, addr netip.Addr, interval time.Duration) (*Ping, error) {
	p, err := h.startPing("docker", "exec", "-i", container, "probe", "ping", "-i", interval.String(), addr.String())
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { p.stdin.Close() })()
	answered := make([]byte, len("\"answered\"\n"))
	if _, err := io.ReadFull(p.stdout, answered); err != nil || string(answered) != "\"answered\"\n" {
		p.end()
		return nil, fmt.Errorf("%s: ping from %s to %s got no answer: %w\n%s%s", h.Name, container, addr, errors.Join(p.err, ctx.Err()), answered, &p.stderr)
	}
	return p, nil
}

// startPing starts the program. It is waited for from the beginning: one that
// ended and was not waited for would keep its host from being closed.
func (h *Host) startPing(argv ...string) (*Ping, error) {
	p := &Ping{done: make(chan struct{})}
	cmd := h.command(context.Background(), argv...)
	var err error
	if p.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	p.stdout, cmd.Stdout, cmd.Stderr = stdout, theirs, &p.stderr
	if err := h.sandbox.start(cmd); err != nil {
		return nil, errors.Join(err, stdout.Close())
	}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// Stop ends the stream, waits for its last answers, and counts.
func (p *Ping) Stop() (probe.Stats, error) {
	var s probe.Stats
	p.stdin.Close()
	decodeErr := json.NewDecoder(p.stdout).Decode(&s)
	if p.end(); p.err != nil {
		return s, fmt.Errorf("ping: %w\n%s", p.err, &p.stderr)
	}
	return s, decodeErr
}

// end ends the program, and returns when it has ended.
func (p *Ping) end() {
	p.stdin.Close()
	<-p.done
	p.stdout.Close()
}
