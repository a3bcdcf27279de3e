package vsctl

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/internal/bridge"
	"github.com/vlcp-go/vlcp/ovs"
)

// Ports implements [ovs.Switch].
func (s *Switch) Ports(ctx context.Context) ([]ovs.Port, error) {
	t, err := s.server.Get(ctx)
	if err != nil {
		return nil, s.fail("read ports of", err)
	}
	tables, err := t.query(ctx,
		"--columns=ports", "list", "Bridge", t.spec.Name, "--",
		"--columns=_uuid,name,interfaces", "list", "Port", "--",
		"--columns=_uuid,name,type,ofport,error,external_ids,options,mtu", "list", "Interface")
	if err != nil {
		return nil, s.fail("read ports of", err)
	}
	ports, ifaces := byUUID(tables[1]), byUUID(tables[2])
	var list []ovs.Port
	for _, uuid := range uuids(tables[0][0]["ports"]) {
		if text(ports[uuid]["name"]) == t.spec.Name {
			continue
		}
		for _, uuid := range uuids(ports[uuid]["interfaces"]) {
			list = append(list, port(ifaces[uuid]))
		}
	}
	slices.SortFunc(list, func(a, b ovs.Port) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

func byUUID(rows []row) map[string]row {
	m := make(map[string]row, len(rows))
	for _, r := range rows {
		for _, uuid := range uuids(r["_uuid"]) {
			m[uuid] = r
		}
	}
	return m
}

func port(iface row) ovs.Port {
	return ovs.Port{
		Name: text(iface["name"]), Type: text(iface["type"]),
		OFPort:      uint32(max(number(iface["ofport"]), 0)), // -1: Open vSwitch can't
		Error:       text(iface["error"]),
		ExternalIDs: dict(iface["external_ids"]),
		Options:     dict(iface["options"]),
		MTU:         number(iface["mtu"]),
	}
}

// SetPorts implements [ovs.Switch], by one run of ovs-vsctl, which is one
// transaction.
func (s *Switch) SetPorts(ctx context.Context, c ovs.PortChanges) error {
	if err := bridge.CheckPorts(s.tools.spec.Name, c); err != nil {
		return err
	}
	t, err := s.server.Get(ctx)
	if err == nil {
		err = t.setPorts(ctx, c)
	}
	if err != nil {
		return s.fail("set ports of", err)
	}
	return nil
}

func (t tools) setPorts(ctx context.Context, c ovs.PortChanges) error {
	var args []string
	for _, p := range c.Add {
		if !slices.Contains(c.Delete, p.Name) {
			args = append(args, t.addPort(p)...)
		}
	}
	deletes, err := t.present(ctx, c.Delete)
	if err != nil {
		return err
	}
	for _, name := range deletes {
		args = append(args, "--", "--if-exists", "del-port", t.spec.Name, name)
	}
	if len(args) == 0 {
		return nil
	}
	_, err = t.vsctl(ctx, args...)
	return elsewhere(err)
}

// present are the names that are ports of the bridge: del-port fails for one
// that another bridge has.
func (t tools) present(ctx context.Context, names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	out, err := t.vsctl(ctx, "list-ports", t.spec.Name)
	if err != nil {
		return nil, err
	}
	ports := strings.Fields(string(out))
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !slices.Contains(ports, n) }), nil
}

func (t tools) addPort(p ovs.PortSpec) []string {
	args := []string{
		"--", "--may-exist", "add-port", t.spec.Name, p.Name,
		"--", "set", "Interface", p.Name,
		"type=" + quote(p.Type), "external_ids=" + quoteMap(p.ExternalIDs), "options=" + quoteMap(p.Options),
	}
	if p.OFPort != 0 {
		args = append(args, fmt.Sprintf("ofport_request=%d", p.OFPort))
	}
	return args
}

// quote writes a string as ovs-vsctl reads it: as JSON does.
func quote(s string) string {
	b, _ := json.Marshal(s) // a string never fails
	return string(b)
}

func quoteMap(m map[string]string) string {
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		pairs = append(pairs, quote(k)+"="+quote(m[k]))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

var attached = regexp.MustCompile(`but (\S+) is actually attached to bridge (\S+)`)

// elsewhere says it better than ovs-vsctl where a port is on another bridge.
func elsewhere(err error) error {
	var failed *toolError
	if errors.As(err, &failed) {
		if m := attached.FindStringSubmatch(failed.stderr); m != nil {
			return bridge.ElsewhereError(m[1], m[2])
		}
	}
	return err
}
