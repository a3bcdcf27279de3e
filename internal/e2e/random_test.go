package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/internal/testlab"
)

// TestRandomLife has users create and remove networks, containers and a machine
// that Docker did not make on three hosts, while agents are killed with -9 and
// servers of the store too. In the end every pair of endpoints reaches each other
// exactly when they are in one network, every Docker has exactly the networks
// that it should, and when all is removed nothing is left.
//
// VLCP_SEED repeats a run, as far as what happens by itself allows; VLCP_ALL=1 has
// many more steps.
func TestRandomLife(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("VLCP_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64N(1e6)
	}
	t.Logf("VLCP_SEED=%d", seed)
	rounds := 2
	if os.Getenv("VLCP_ALL") == "1" {
		rounds = 20
	}
	l := newLife(t, seed)
	for range rounds {
		for range 40 {
			l.step()
		}
		l.calm()
		l.compare()
	}
	l.clear()
}

// life is what there should be on the hosts.
type life struct {
	*cluster
	t      *testing.T
	r      *rand.Rand
	etcd   testenv.EtcdCluster
	before []string // traces of the hosts

	killed    *testenv.EtcdMember // nil: all servers run
	dead      []bool              // agents, by host
	shared    map[string]string   // the logical network of a Docker network that all hosts have
	endpoints map[string]endpoint // containers, by name
	machine   int                 // the host of the machine; -1: none
	made      int
}

// endpoint is a container.
type endpoint struct {
	host             int
	network, logical string
	addr             string
}

// The names of the networks. That of the machine is of a logical network that
// Docker did not make. All have the same subnet.
var names = []string{"n1", "n2", machineNetwork}

const (
	machineNetwork = "vmnet"
	machineAddr    = "10.1.0.99"
	maxEndpoints   = 7
)

func newLife(t *testing.T, seed uint64) *life {
	t.Helper()
	l := &life{t: t, r: rand.New(rand.NewPCG(seed, 0)), etcd: testenv.Etcd(t, 3), machine: -1,
		dead: make([]bool, 3), shared: map[string]string{}, endpoints: map[string]endpoint{}}
	l.cluster = newPreparedAt(t, "etcd", l.etcd.Addrs(), []string{engine, engine, engine}, same())
	l.up()
	for _, h := range l.hosts {
		h.ctx = t.Context()
		l.before = append(l.before, h.traces())
	}
	h := l.hosts[0]
	h.docker(create + "first") // which makes the default physical network
	h.api("createlogicalnetwork", "physicalnetwork=vxlan&id="+machineNetwork)
	h.api("createsubnet", "logicalnetwork="+machineNetwork+"&cidr=10.1.0.0/24&id=vmsubnet")
	h.api("createlogicalport", "logicalnetwork="+machineNetwork+"&id=vm&mac_address=02:00:00:00:00:99&ip_address="+machineAddr)
	h.docker("network rm first")
	return l
}

// step does something that is possible now.
func (l *life) step() {
	h, name := l.r.IntN(len(l.hosts)), names[l.r.IntN(len(names))]
	steps := []func(h int, name string) bool{
		l.create, l.create, l.remove, l.start, l.start, l.start, l.stop, l.move, l.killAgent, l.startAgent, l.server,
	}
	for !steps[l.r.IntN(len(steps))](h, name) {
		h, name = l.r.IntN(len(l.hosts)), names[l.r.IntN(len(names))]
	}
}

func (l *life) create(h int, name string) bool {
	if l.dead[h] || l.expected(h, name) != "" {
		return false
	}
	options := "--subnet 10.1.0.0/24 " + name
	if name == machineNetwork {
		options = "-o network=vmnet --ipam-opt network=vmnet " + options
	}
	l.await(h, name)
	l.persist(h, create+options, "")
	l.shared[name] = l.actual(h, name)
	return true
}

func (l *life) remove(h int, name string) bool {
	if l.dead[h] || l.shared[name] == "" || l.uses(h, name) != "" {
		return false
	}
	l.await(h, name)
	l.log(h, "network rm "+name)
	l.hosts[h].docker("network rm " + name)
	delete(l.shared, name)
	return true
}

func (l *life) start(h int, network string) bool {
	logical := l.expected(h, network)
	if l.dead[h] || logical == "" || len(l.endpoints) == maxEndpoints {
		return false
	}
	l.await(h, network)
	name, addr := l.newContainer()
	l.persist(h, "run -d --name "+name+" --network "+network+" --ip "+addr+" "+testlab.Image, "rm -f "+name)
	l.endpoints[name] = endpoint{h, network, logical, addr}
	return true
}

// newContainer is a name, and an address that nobody has in any network.
func (l *life) newContainer() (name, addr string) {
	for addr == "" || slices.ContainsFunc(l.others(), func(e endpoint) bool { return e.addr == addr }) {
		l.made++
		addr = fmt.Sprint("10.1.0.", 100+l.made%150)
	}
	return fmt.Sprint("c", l.made), addr
}

func (l *life) stop(int, string) bool {
	for _, name := range slices.Sorted(maps.Keys(l.endpoints)) {
		if e := l.endpoints[name]; !l.dead[e.host] && l.r.IntN(2) == 0 {
			l.log(e.host, "rm -f "+name)
			l.hosts[e.host].docker("rm -f " + name)
			delete(l.endpoints, name)
			return true
		}
	}
	return false
}

// move plugs the machine in on another host, while it is still there on this one
// or after.
func (l *life) move(h int, _ string) bool {
	if h == l.machine || l.dead[h] {
		return false
	}
	l.log(h, "move the machine here")
	from, first := l.machine, l.r.IntN(2) == 0
	if from >= 0 && first {
		l.hosts[from].unplugMachine()
	}
	l.hosts[h].plugMachine()
	if from >= 0 && !first {
		l.hosts[from].unplugMachine()
	}
	l.machine = h
	return true
}

func (l *life) killAgent(h int, _ string) bool {
	if l.dead[h] || slices.Contains(l.dead, true) && l.r.IntN(3) > 0 {
		return false
	}
	l.log(h, "kill the agent")
	l.hosts[h].killAgent()
	l.dead[h] = true
	return true
}

func (l *life) startAgent(h int, _ string) bool {
	if !l.dead[h] {
		return false
	}
	l.log(h, "start the agent")
	l.hosts[h].startAgent()
	l.dead[h] = false
	return true
}

// server kills a server of the store, or starts the one that was killed.
func (l *life) server(int, string) bool {
	if l.killed != nil {
		l.t.Log("start the store's server")
		l.killed.Start()
		l.killed.Await()
		l.killed = nil
		return true
	}
	l.killed = l.etcd[l.r.IntN(len(l.etcd))]
	l.t.Log("kill the store's server", l.killed.Addr)
	l.killed.Kill()
	return true
}

// persist runs a docker command line until it succeeds: while the store has no
// leader it does not.
func (l *life) persist(h int, line, undo string) {
	l.t.Helper()
	l.log(h, line)
	var err error
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(time.Second) {
		if _, err = l.hosts[h].Docker(l.t.Context(), strings.Fields(line)...); err == nil {
			return
		}
		l.log(h, err.Error())
		if undo != "" {
			l.hosts[h].docker(undo)
		}
	}
	l.t.Fatal(err)
}

func (l *life) log(h int, line string) {
	l.t.Helper()
	l.t.Logf("%s h%d: %s", time.Now().Format("15:04:05.000"), h+1, line)
}
