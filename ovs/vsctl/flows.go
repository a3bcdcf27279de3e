package vsctl

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/ovs"
)

// Flows implements [ovs.Switch].
func (s *Switch) Flows(ctx context.Context, cookie, mask uint64) ([]ovs.Flow, error) {
	t, err := s.forFlows(ctx)
	if err != nil {
		return nil, s.fail("read flows of", err)
	}
	out, err := t.ofctl(ctx, nil, "--no-names", "--no-stats", "dump-flows", t.mgmt(), fmt.Sprintf("cookie=%#x/%#x", cookie, mask))
	if err != nil {
		return nil, s.fail("read flows of", err)
	}
	var flows []ovs.Flow
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		f, err := ovs.ParseFlow(line)
		if err != nil {
			return nil, s.fail("read flows of", err)
		}
		flows = append(flows, f)
	}
	slices.SortFunc(flows, ovs.CompareFlows)
	return flows, nil
}

// forFlows gives the tools while both servers are there: without ovsdb-server,
// ovs-vswitchd answers nobody (measured with 3.1).
func (s *Switch) forFlows(ctx context.Context) (tools, error) {
	if t, err := s.server.Get(ctx); err != nil {
		return t, err
	}
	return s.vswitchd.Get(ctx)
}

// Apply implements [ovs.Switch], by one bundle of ovs-ofctl.
func (s *Switch) Apply(ctx context.Context, c ovs.Changes) error {
	var lines []string
	for _, g := range c.AddGroups {
		lines = append(lines, "group add "+g.String())
	}
	for _, f := range c.Add {
		lines = append(lines, "flow add "+f.String())
	}
	for _, f := range c.Delete {
		lines = append(lines, "flow delete_strict "+onlyThis(f))
	}
	for _, id := range c.DeleteGroups {
		lines = append(lines, fmt.Sprintf("group delete group_id=%d", id))
	}
	return s.bundle(ctx, "apply flows", lines)
}

// onlyThis selects the flow, if its cookie is still the same.
func onlyThis(f ovs.Flow) string {
	entry, _, _ := strings.Cut(f.String(), " actions=")
	_, entry, _ = strings.Cut(entry, ",") // the cookie, which needs a mask here
	return fmt.Sprintf("cookie=%#x/-1,%s", f.Cookie, entry)
}

// Send implements [ovs.Switch].
func (s *Switch) Send(ctx context.Context, packets ...ovs.PacketOut) error {
	var lines []string
	for _, p := range packets {
		in := "controller"
		if p.InPort != 0 {
			in = strconv.FormatUint(uint64(p.InPort), 10)
		}
		_, actions, _ := strings.Cut(ovs.Flow{Actions: p.Actions}.String(), "actions=")
		lines = append(lines, fmt.Sprintf("packet-out in_port=%s,packet=%x,actions=%s", in, p.Data, actions))
	}
	return s.bundle(ctx, "send packets", lines)
}

// bundle makes all of the changes, or none.
func (s *Switch) bundle(ctx context.Context, op string, lines []string) error {
	t, err := s.forFlows(ctx)
	if err != nil {
		return s.fail(op, err)
	}
	if len(lines) == 0 {
		return nil
	}
	if _, err := t.ofctl(ctx, strings.NewReader(strings.Join(lines, "\n")), "bundle", t.mgmt(), "-"); err != nil {
		return &ovs.Error{Op: op, ID: culprit(err, lines), Err: err}
	}
	return nil
}

var (
	refusedLine    = regexp.MustCompile(`ovs-ofctl: -:(\d+):`)
	refusedMessage = regexp.MustCompile(`for: OFPT_\w+ \(OF1\.4\) \(xid=\w+\): (.+)`)
)

// culprit is the line that ovs-ofctl could not read, or else the message that
// Open vSwitch did not take, as ovs-ofctl prints it.
func culprit(err error, lines []string) string {
	var failed *toolError
	if !errors.As(err, &failed) {
		return ""
	}
	if m := refusedLine.FindStringSubmatch(failed.stderr); m != nil {
		if n, _ := strconv.Atoi(m[1]); n >= 1 && n <= len(lines) {
			return lines[n-1]
		}
	}
	if m := refusedMessage.FindStringSubmatch(failed.stderr); m != nil {
		return m[1]
	}
	return ""
}
