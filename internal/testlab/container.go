package testlab

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
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
	cmd    *exec.Cmd
	stdin  io.Closer // with its end the stream ends
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// StartPing sends packets from a running container of [Image] at an interval,
// and returns at the first answer. ctx is for that alone: the stream goes on
// until Stop, which must be called.
func (h *Host) StartPing(ctx context.Context, container string, addr netip.Addr, interval time.Duration) (*Ping, error) {
	p := &Ping{cmd: h.command(context.Background(), "docker", "exec", "-i", container, "probe", "ping", "-i", interval.String(), addr.String())}
	p.cmd.Stderr = &p.stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	p.stdin = stdin
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdout = bufio.NewReader(stdout)
	if err := h.sandbox.start(p.cmd); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { stdin.Close() })()
	if line, _ := p.stdout.ReadString('\n'); line != "\"answered\"\n" {
		stdin.Close()
		return nil, fmt.Errorf("%s: ping from %s to %s got no answer: %w\n%s%s", h.Name, container, addr, p.cmd.Wait(), line, &p.stderr)
	}
	return p, nil
}

// Stop ends the stream, waits for its last answers, and counts.
func (p *Ping) Stop() (probe.Stats, error) {
	var s probe.Stats
	p.stdin.Close()
	decodeErr := json.NewDecoder(p.stdout).Decode(&s)
	if err := p.cmd.Wait(); err != nil {
		return s, fmt.Errorf("ping: %w\n%s", err, &p.stderr)
	}
	return s, decodeErr
}
