package testenv

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/servers"
)

// ZooKeeperServers are the members of one ensemble, or a server that is alone.
type ZooKeeperServers []*ZooKeeperServer

// ZooKeeperServer is a member, a process on loopback ports of its own.
type ZooKeeperServer struct {
	Daemon
	Addr   string // for clients, host:port
	Secure string // the same for TLS; nobody listens there unless the configuration has its keys

	dir string
}

// ZooKeeper starts so many servers with empty data, each with these lines in its
// configuration too (in which SECURE_PORT stands for the port of its Secure), and
// returns when all serve. They end with t. Where there is no ZooKeeper it skips t.
func ZooKeeper(t testing.TB, members int, lines ...string) ZooKeeperServers {
	t.Helper()
	command, err := servers.ZooKeeper()
	if err != nil {
		t.Skip("not run: ", err)
	}
	addrs := loopback(t, 4*members)
	if members > 1 {
		for i := range members {
			_, elections, _ := net.SplitHostPort(addrs[4*i+3])
			lines = append(lines, fmt.Sprintf("server.%d=%s:%s", i+1, addrs[4*i+2], elections))
		}
	}
	z := make(ZooKeeperServers, members)
	for i := range z {
		z[i] = newZooKeeperServer(t, command, addrs[4*i], addrs[4*i+1])
		z[i].configure(i+1, lines)
		z[i].Start()
		t.Cleanup(z[i].Kill)
	}
	z.Await()
	return z
}

func newZooKeeperServer(t testing.TB, command []string, addr, secure string) *ZooKeeperServer {
	s := &ZooKeeperServer{Addr: addr, Secure: secure, dir: t.TempDir()}
	s.Daemon = Daemon{t: t, path: command[0], log: s.file("log"), args: append(command[1:len(command):len(command)], s.file("zoo.cfg"))}
	return s
}

// Addrs are the addresses for clients.
func (z ZooKeeperServers) Addrs() []string {
	addrs := make([]string, len(z))
	for i, s := range z {
		addrs[i] = s.Addr
	}
	return addrs
}

// Await returns when all members serve.
func (z ZooKeeperServers) Await() {
	for _, s := range z {
		s.t.Helper()
		s.await(func() bool { return s.Mode() != "" })
	}
}

// Leader waits for the member that leads.
func (z ZooKeeperServers) Leader() (leader *ZooKeeperServer) {
	z[0].t.Helper()
	z[0].await(func() bool {
		for _, s := range z {
			if s.Mode() == "leader" {
				leader = s
			}
		}
		return leader != nil
	})
	return leader
}

// Mode is "leader", "follower" or "standalone" of a member that serves, else "".
func (s *ZooKeeperServer) Mode() string {
	_, mode, _ := strings.Cut(s.Ask("srvr"), "Mode: ")
	mode, _, _ = strings.Cut(mode, "\n")
	return mode
}

// Ask gives a member one of its commands of four letters, such as "srvr" or
// "wchs"; the answer is "" from a member that does not serve.
func (s *ZooKeeperServer) Ask(command string) string {
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return ""
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(conn, command)
	answer, _ := io.ReadAll(conn) // some is better than none
	return string(answer)
}

// configure writes the member's files. Time passes ten times as fast as in the
// servers of others: a tick is 200 ms.
func (s *ZooKeeperServer) configure(id int, lines []string) {
	s.t.Helper()
	_, port, _ := net.SplitHostPort(s.Addr)
	config := append([]string{
		"tickTime=200", "minSessionTimeout=400", "maxSessionTimeout=60000", "initLimit=50", "syncLimit=10",
		"clientPortAddress=127.0.0.1", "clientPort=" + port, "dataDir=" + s.dir,
		"admin.enableServer=false", "4lw.commands.whitelist=*", "maxClientCnxns=0",
	}, lines...)
	text := strings.NewReplacer("SECURE_PORT", strings.TrimPrefix(s.Secure, "127.0.0.1:")).Replace(strings.Join(config, "\n"))
	must(s.t, os.WriteFile(s.file("zoo.cfg"), []byte(text), 0o600))
	must(s.t, os.WriteFile(s.file("myid"), fmt.Appendln(nil, id), 0o600))
}

func (s *ZooKeeperServer) file(name string) string { return filepath.Join(s.dir, name) }
