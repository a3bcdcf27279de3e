package e2e

import (
	"strings"
	"testing"
)

// guidesCurl are the commands of the user's guide that call the management API, as
// they stand there, and one that creates a port.
const guidesCurl = "curl -g -d 'type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan' 'http://localhost:8081/viperflow/createphysicalnetwork?'\n" +
	"curl -g -d 'physicalnetwork=vxlan&name=vxlan0' 'http://localhost:8081/viperflow/createphysicalport'\n" +
	"curl -g -d 'type=vlan&vlanrange=`[[1000,2000]]`&id=vlan' 'http://localhost:8081/viperflow/createphysicalnetwork?'\n" +
	"curl -g -d 'physicalnetwork=vlan&name=bond0' 'http://localhost:8081/viperflow/createphysicalport'\n" +
	"curl -g -d 'physicalnetwork=vxlan&id=network_a&mtu=`1450`' 'http://localhost:8081/viperflow/createlogicalnetwork'\n" +
	"curl -g -d 'logicalnetwork=network_a&cidr=192.168.1.0/24&gateway=192.168.1.1&id=subnet_a' 'http://localhost:8081/viperflow/createsubnet'\n" +
	"curl -g -d 'logicalnetwork=network_a&subnet=subnet_a&id=lgport-1-1&mac_address=02:00:00:00:00:01' 'http://localhost:8081/viperflow/createlogicalport'\n"

// prepared are the guide's commands before those, on a host that has the address
// in them.
const prepared = "ip address add 10.0.1.2/24 dev br-phy\n" +
	"ovs-vsctl --may-exist add-br dockerbr0\n" +
	"ovs-vsctl --may-exist add-port dockerbr0 vxlan0 -- set interface vxlan0 type=vxlan options:local_ip=10.0.1.2 options:remote_ip=flow options:key=flow options:dst_port=4999\n"

// TestGuidesCurl runs them against a running agent, on a host that was prepared
// as the guide says and on one that was not.
func TestGuidesCurl(t *testing.T) {
	for name, before := range map[string]string{"prepared": prepared, "bare": ""} {
		t.Run(name, func(t *testing.T) {
			h := bareHost(t, "--docker", "")
			check(t, h.StartOVS(h.ctx))
			for line := range strings.Lines(before) {
				h.run(line)
			}
			h.startAgent()
			for line := range strings.Lines(guidesCurl) {
				if answer := h.run(line); !strings.HasPrefix(answer, `{"result":[{`) {
					t.Errorf("%s\n%s", line, answer)
				}
			}
			h.theSameByAnyWay()
		})
	}
}

// theSameByAnyWay looks at what the guide's commands made: over TCP and over the
// socket, by either API, there is the same.
func (h *host) theSameByAnyWay() {
	h.t.Helper()
	for _, c := range []struct{ command, says string }{
		{"curl 'http://localhost:8081/viperflow/listlogicalports?logicalnetwork=network_a'", `"ip_address":"192.168.1.2"`},
		{"curl --unix-socket /run/vlcp/vlcp.sock 'http://localhost/viperflow/listlogicalports?logicalnetwork=network_a'", `"ip_address":"192.168.1.2"`},
		{"curl --unix-socket /run/vlcp/vlcp.sock http://localhost/v1/ports/lgport-1-1", `"mac_address":"02:00:00:00:00:01"`},
		{"curl -H 'Host: evil.example' http://localhost:8081/v1/ports", `"status":403`},
		{"curl --unix-socket /run/vlcp/vlcp.sock -X DELETE -i http://localhost/v1/ports/lgport-1-1", "204 No Content"},
		{"curl http://localhost:8081/v1/ports/lgport-1-1", `"status":404`},
		{"stat -c %a /run/vlcp/vlcp.sock", "660"},
	} {
		if answer := h.run(c.command); !strings.Contains(answer, c.says) {
			h.t.Errorf("%s\n%s\nwant %s", c.command, answer, c.says)
		}
	}
	if log := h.agent.Log(); !strings.Contains(log, `by="uid 0`) {
		h.t.Errorf("who deleted the port is not in the log:\n%s", log)
	}
}
