package testenv

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// ConsulToken is the token that may do everything, where a test's configuration
// of Consul's ACLs names it.
const ConsulToken = "6f2bd0a4-9f0e-4a3f-8c39-3c8b5a0f4a11"

// ConsulCluster is some servers of Consul that are one cluster, of one test.
type ConsulCluster []*ConsulServer

// ConsulServer is one server, which is an agent for clients too.
type ConsulServer struct {
	Daemon
	Addr   string // of its HTTP API, host:port
	Secure string // the same for HTTPS; nobody listens there unless the configuration has its keys

	raft string // the address that it has as a leader
}

// Consul starts a cluster of n servers, each with this HCL in its configuration
// too (in which SECURE_PORT stands for the port of its Secure), and returns when
// all serve. One alone forgets its data when it ends; more keep them. Elections take
// about a second. The servers end with t. It skips t without a Consul.
func Consul(t testing.TB, n int, config ...string) ConsulCluster {
	t.Helper()
	binary, dir, addrs := serverBinary(t, "consul"), memoryDir(t), loopback(t, 4*n)
	mode := append(withoutGRPC(binary), "-dev")
	if n > 1 {
		mode = append(withoutGRPC(binary), "-server", fmt.Sprint("-bootstrap-expect=", n))
		for i := range n {
			mode = append(mode, "-retry-join="+addrs[4*i+3])
		}
	}
	c := make(ConsulCluster, n)
	for i := range c {
		file := filepath.Join(dir, fmt.Sprintf("server%d.hcl", i))
		c[i] = &ConsulServer{
			Daemon: Daemon{t: t, path: binary, log: file + ".log",
				args: append([]string{"agent", "-config-file=" + file, "-data-dir=" + file + ".data"}, mode...)},
			Addr: addrs[4*i], Secure: addrs[4*i+1], raft: addrs[4*i+2],
		}
		c[i].configure(file, addrs[4*i+3])
		for _, lines := range config {
			c[i].args = append(c[i].args, "-hcl="+strings.ReplaceAll(lines, "SECURE_PORT", port(c[i].Secure)))
		}
		c[i].Start()
		t.Cleanup(c[i].Kill)
	}
	c.Await()
	return c
}

// withoutGRPC is the argument that keeps Consul 1.14 and newer from a port which
// all servers of this machine would share; older ones refuse it.
func withoutGRPC(binary string) []string {
	help, _ := exec.Command(binary, "agent", "-help").CombinedOutput()
	if !strings.Contains(string(help), "-grpc-tls-port") {
		return nil
	}
	return []string{"-grpc-tls-port=-1"}
}

// Await returns when every server serves.
func (c ConsulCluster) Await() {
	for _, s := range c {
		s.t.Helper()
		s.Await()
	}
}

// Leader is the server that leads now; it waits for one.
func (c ConsulCluster) Leader() (leader *ConsulServer) {
	c[0].t.Helper()
	c[0].await(func() bool {
		for _, s := range c {
			if _, says := s.ask("/v1/status/leader"); says == fmt.Sprintf("%q", s.raft) {
				leader = s
			}
		}
		return leader != nil
	})
	return leader
}

// Await returns when the server serves, which it does as part of a majority.
func (s *ConsulServer) Await() {
	s.t.Helper()
	s.await(func() bool {
		status, _ := s.ask("/v1/kv/none?consistent")
		return status == http.StatusNotFound
	})
}

// configure writes the server's configuration.
func (s *ConsulServer) configure(file, gossip string) {
	s.t.Helper()
	must(s.t, os.WriteFile(file, fmt.Appendf(nil, `
		node_name = %q
		bind_addr = "127.0.0.1"
		log_level = "warn"
		disable_update_check = true
		disable_host_node_id = true
		connect { enabled = false }
		performance { raft_multiplier = 1 }
		retry_interval = "200ms"
		ports { http = %s, server = %s, serf_lan = %s, serf_wan = -1, dns = -1, grpc = -1 }
	`, filepath.Base(file), port(s.Addr), port(s.raft), port(gossip)), 0o600))
}

// ask asks the server, and answers the status 0 for one that does not answer.
func (s *ConsulServer) ask(path string) (status int, answer string) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	req, err := http.NewRequest(http.MethodGet, "http://"+s.Addr+path, nil)
	must(s.t, err)
	req.Header.Set("X-Consul-Token", ConsulToken)
	resp, err := client.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(body))
}

// memoryDir is a directory of the test, in memory where Linux has a place for files
// there: servers wait for the disk at each write, and that of a busy machine is slow.
func memoryDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "vlcp-test")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func port(addr string) string {
	_, port, _ := net.SplitHostPort(addr)
	return port
}
