package testenv

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// zooKeeperJars are what a server needs, as Debian names them: ZooKeeper, its
// log, its metrics, its snapshots, and for TLS netty.
var zooKeeperJars = []string{
	"zookeeper-jute", "zookeeper", "slf4j-api", "slf4j-simple", "metrics-core", "snappy-java",
	"netty-common", "netty-buffer", "netty-transport", "netty-handler", "netty-resolver", "netty-codec",
	"netty-transport-native-unix-common",
}

// ZooKeeperServers are the members of one ensemble, or a server that is alone.
type ZooKeeperServers []*ZooKeeperServer

// ZooKeeperServer is a member, a process on loopback ports of its own.
type ZooKeeperServer struct {
	Addr   string // for clients, host:port
	Secure string // the same for TLS; nobody listens there unless the configuration has its keys

	t       testing.TB
	dir     string
	classes string // the classpath
	cmd     *exec.Cmd
}

// ZooKeeper starts so many servers with empty data, each with these lines in its
// configuration too (in which SECURE_PORT stands for the port of its Secure), and
// returns when all serve. They end with t. Where there is no ZooKeeper it skips t.
func ZooKeeper(t testing.TB, members int, lines ...string) ZooKeeperServers {
	t.Helper()
	classes := zooKeeperClasses(t)
	servers := make(ZooKeeperServers, members)
	var ensemble []string
	for i := range servers {
		servers[i] = &ZooKeeperServer{Addr: freeAddr(t), Secure: freeAddr(t), t: t, dir: t.TempDir(), classes: classes}
		_, peer, _ := net.SplitHostPort(freeAddr(t))
		ensemble = append(ensemble, fmt.Sprintf("server.%d=%s:%s", i+1, freeAddr(t), peer))
	}
	if members > 1 {
		lines = append(lines, ensemble...)
	}
	for i, s := range servers {
		s.configure(i+1, lines)
		s.Start()
		t.Cleanup(s.Kill)
	}
	servers.Await()
	return servers
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
		s.await("serves", func() bool { return s.Mode() != "" })
	}
}

// Leader waits for the member that leads.
func (z ZooKeeperServers) Leader() (leader *ZooKeeperServer) {
	z[0].t.Helper()
	z[0].await("knows a leader", func() bool {
		for _, s := range z {
			if s.Mode() == "leader" {
				leader = s
			}
		}
		return leader != nil
	})
	return leader
}

// Start starts a member after [ZooKeeperServer.Kill], with the data that it had.
func (s *ZooKeeperServer) Start() {
	s.t.Helper()
	log, err := os.OpenFile(s.file("log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	must(s.t, err)
	defer log.Close()
	s.cmd = exec.Command("java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dzookeeper.forceSync=no", "-cp", s.classes, "org.apache.zookeeper.server.quorum.QuorumPeerMain", s.file("zoo.cfg"))
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(s.t, s.cmd.Start())
}

// Kill ends a member at once (SIGKILL) and returns when it is gone.
func (s *ZooKeeperServer) Kill() { stop(s.cmd) }

// Pause stops a member: its connections stay, and nobody answers on them.
func (s *ZooKeeperServer) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets a paused member go on, which at first believes that no time has
// passed.
func (s *ZooKeeperServer) Resume() { s.signal(syscall.SIGCONT) }

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

func (s *ZooKeeperServer) signal(sig syscall.Signal) {
	s.t.Helper()
	must(s.t, s.cmd.Process.Signal(sig))
}

// await asks until cond holds.
func (s *ZooKeeperServer) await(what string, cond func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(time.Minute); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(s.file("log"))
			s.t.Fatalf("no ZooKeeper that %s:\n%s", what, log)
		}
	}
}

func (s *ZooKeeperServer) file(name string) string { return filepath.Join(s.dir, name) }

// zooKeeperClasses is the classpath of a server, wherever .ci/servers.d/zookeeper
// has put it.
func zooKeeperClasses(t testing.TB) string {
	t.Helper()
	if _, err := exec.LookPath("java"); err != nil {
		t.Skip("not run: ZooKeeper needs a Java; .ci/servers.d/zookeeper installs both")
	}
	home, _ := os.UserHomeDir()
	servers := cmp.Or(os.Getenv("VLCP_SERVERS"), filepath.Join(home, ".cache/vlcp/servers"))
	for _, root := range []string{"/", filepath.Join(servers, "zookeeper")} {
		dir := filepath.Join(root, "usr/share/java")
		if _, err := os.Stat(filepath.Join(dir, "zookeeper.jar")); err == nil {
			return dir + "/" + strings.Join(zooKeeperJars, ".jar:"+dir+"/") + ".jar"
		}
	}
	t.Skip("not run: there is no ZooKeeper here; .ci/servers.d/zookeeper installs one")
	return ""
}

// freeAddr is a loopback address on which nobody listens. Its port lies below
// those that Linux gives to outgoing connections, so that a server which is
// started again finds it free.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20000+rand.N(12000))
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no free port between 20000 and 32000")
	return ""
}
