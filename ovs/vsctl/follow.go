package vsctl

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"github.com/vlcp-go/vlcp/ovs"
)

// followDatabase makes the bridge and tells the watchers of changed ports for
// as long as ovsdb-server lives. The interfaces are enough: each port has one,
// and so has the bridge, without which ovsdb-client might have nothing to print.
func (s *Switch) followDatabase(ctx context.Context) error {
	cmd := command(ctx, "ovsdb-client", "--format=json", "monitor", "unix:"+s.tools.spec.Database, "Open_vSwitch",
		"Interface", "name,type,ofport,error,external_ids,options,mtu")
	stderr := limited{max: maxStderr}
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	err = attend(cmd, func() error {
		lost := true // the bridge may be missing
		for dec := json.NewDecoder(out); ; {
			if lost {
				if err := s.tools.ensure(ctx); err != nil {
					return err
				}
			}
			var t table
			if err := dec.Decode(&t); err != nil {
				return err
			}
			first := s.server.Up(s.tools)
			s.hub.Notify(ovs.Event{Ports: true, Flows: first})
			lost = s.lostIn(t.rows())
		}
	})
	if errors.Is(err, io.EOF) {
		err = explain("ovsdb-client", err, stderr.String())
	}
	return err
}

// lostIn tells that the changes are those of a bridge that was deleted.
func (s *Switch) lostIn(changes []row) bool {
	for _, c := range changes {
		if c["action"] == "delete" && c["name"] == s.tools.spec.Name {
			return true
		}
	}
	return false
}

// neverChanges makes the switch answer once, which says that the connection
// is there, and then be quiet: it asks for the changes of a table that has no
// flows.
const neverChanges = "watch:!initial,!add,!delete,table=253"

// followFlows tells the watchers that the flows may be gone, when ovs-vswitchd
// is there again, and of packet-ins. OpenFlow 1.4 matters: for a connection
// below 1.3 Open vSwitch would send up every packet without a flow.
func (s *Switch) followFlows(ctx context.Context) error {
	cmd := command(ctx, "ovs-ofctl", "-O", "OpenFlow14", "--unixctl=none", "-m", "-P", "nxt_packet_in2", "monitor", s.tools.mgmt(), "65535", neverChanges)
	out, err := cmd.StdoutPipe() // answers
	if err != nil {
		return err
	}
	cmd.Stderr = cmd.Stdout // messages that came by themselves
	var last string
	err = attend(cmd, func() error {
		lines := bufio.NewScanner(out)
		lines.Buffer(nil, maxStderr)
		for packets := (packetReader{}); lines.Scan(); {
			last = lines.Text()
			if strings.Contains(last, "FLOW_MONITOR reply") {
				s.vswitchd.Up(s.tools)
				s.hub.Notify(ovs.Event{Flows: true})
			} else if p := packets.next(last); p != nil {
				s.hub.Notify(ovs.Event{PacketIn: p})
			}
		}
		return lines.Err()
	})
	if err == nil {
		err = explain("ovs-ofctl", io.EOF, last)
	}
	return err
}

// attend runs a command while read reads what it prints. It ends the command
// after that; so does the kernel when this process is killed: it does when the
// thread ends that started the command, which is why the thread is kept.
func attend(cmd *exec.Cmd, read func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return explain(cmd.Path, err, "")
	}
	err := read()
	cmd.Process.Kill() // fails where it ended by itself
	cmd.Wait()         // fails always: the command was to run for ever
	return err
}
