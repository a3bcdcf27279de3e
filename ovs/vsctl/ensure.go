package vsctl

import (
	"context"

	"github.com/vlcp-go/vlcp/internal/bridge"
)

// ensure makes the bridge and the host's system-id where they are missing. (As
// for ovs-vsctl, a value that is there stays when another is added.)
func (t tools) ensure(ctx context.Context) error {
	tables, err := t.query(ctx,
		"--columns=external_ids", "list", "Open_vSwitch", ".", "--",
		"--columns=fail_mode", "find", "Bridge", "name="+t.spec.Name)
	if err != nil {
		return err
	}
	var args []string
	if dict(tables[0][0]["external_ids"])["system-id"] == "" {
		args = append(args, "--", "add", "Open_vSwitch", ".", "external_ids", "system-id="+quote(bridge.NewSystemID()))
	}
	switch bridges := tables[1]; {
	case len(bridges) == 0:
		args = append(args, t.createBridge()...)
	case text(bridges[0]["fail_mode"]) != "secure":
		args = append(args, "--", "set-fail-mode", t.spec.Name, "secure")
	}
	if len(args) > 0 {
		_, err = t.vsctl(ctx, args...)
	}
	return err
}

func (t tools) createBridge() []string {
	args := []string{
		"--", "add-br", t.spec.Name,
		"--", "set", "Bridge", t.spec.Name, "datapath_type=" + bridge.Datapath(t.spec), "fail_mode=secure",
	}
	if t.spec.MAC != nil {
		args = append(args, "other_config:hwaddr="+quote(t.spec.MAC.String()))
	}
	return args
}
