package plan_test

import (
	"bytes"
	"fmt"
	gonet "net"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/plan"
)

// lab is a real bridge that follows a plan, with raw sockets at the far ends of
// its ports.
type lab struct {
	testing.TB
	ovs    *testenv.OVSInstance
	plan   *plan.Plan
	kernel bool // the plan is for the kernel's datapath
	ends   map[string]*end
}

// echoRequest and echoReply are operations of ARP that nobody uses. The lab's
// bridge makes the one the other and sends it straight back: once an echo is back,
// all that was sent before has arrived. That it is a change of ARP, which the
// kernel's datapath leaves to ovs-vswitchd, keeps it behind the frames for which
// the kernel has no flow yet.
const echoRequest, echoReply = 98, 99

func newLab(t testing.TB) *lab { return newLabOf(t, testenv.Datapath()) }

// newLabOf is a lab with the plan for a datapath: the userspace one runs what is
// for the kernel's too.
func newLabOf(t testing.TB, datapath string) *lab {
	o := testenv.OVS(t)
	o.AddBridge("br0")
	o.Do(func() { silence(t) })
	p := plan.New(plan.Config{Host: "h0", Datapath: datapath})
	return &lab{TB: t, ovs: o, plan: p, kernel: datapath == "system", ends: map[string]*end{}}
}

// attach makes a veth pair of which one end is a port of the bridge, and
// listens at the other.
func (l *lab) attach(name string, ofport uint32) *end {
	l.Helper()
	ns := l.namespace()
	l.must(l.handle(l.ovs.NS).LinkAdd(&netlink.Veth{
		LinkAttrs: netlink.LinkAttrs{Name: name, Flags: gonet.FlagUp},
		PeerName:  "eth0", PeerNamespace: netlink.NsFd(ns),
	}))
	inside := l.handle(ns)
	eth0, err := inside.LinkByName("eth0")
	l.must(err)
	l.must(inside.LinkSetUp(eth0))
	l.ends[name] = listen(l.TB, ns, eth0.Attrs().Index)
	l.ovs.Vsctl("add-port", "br0", name, "--", "set", "interface", name, fmt.Sprint("ofport_request=", ofport))
	return l.ends[name]
}

// plug attaches a port of the plan.
func (l *lab) plug(t network.Port, ofport uint32) {
	l.Helper()
	l.attach(t.ID, ofport)
	plug(l.plan, t, ofport)
}

// apply gives the bridge the flows of the plan, and the lab's own.
func (l *lab) apply() {
	l.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "priority=65535,arp,arp_op=%d actions=set_field:%d->arp_op,IN_PORT\n", echoRequest, echoReply)
	for _, f := range l.plan.Flows() {
		fmt.Fprintln(&b, f)
	}
	replaceFlows(l.TB, l.ovs, b.String())
}

func replaceFlows(t testing.TB, o *testenv.OVSInstance, flows string) {
	t.Helper()
	cmd := o.Command("ovs-ofctl", "-O", "OpenFlow14", "--bundle", "replace-flows", "br0", "-")
	cmd.Stdin = strings.NewReader(flows)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ovs-ofctl replace-flows: %v\n%s", err, out)
	}
}

// send sends a frame from an end and returns what arrived where.
func (l *lab) send(from string, frame []byte) map[string][][]byte {
	l.Helper()
	l.ends[from].send(frame)
	// A burst is not sure to keep its order; a second one comes after the first.
	l.ends[from].echo()
	l.ends[from].echo()
	got := map[string][][]byte{}
	for name, e := range l.ends {
		if frames := e.drain(); len(frames) > 0 {
			got[name] = frames
		}
	}
	return got
}

// reaches sends a frame and checks that it arrives, as it is and once, at the
// given ends (separated by spaces) and nowhere else.
func (l *lab) reaches(what, from string, frame []byte, to string) {
	l.Helper()
	l.check(what, l.send(from, frame), frame, to)
}

// check checks that just the given ends got this frame, once.
func (l *lab) check(what string, got map[string][][]byte, frame []byte, to string) {
	l.Helper()
	for _, name := range strings.Fields(to) {
		if !same(got[name], frame) {
			l.Errorf("%s: %s got %x, want %x", what, name, got[name], frame)
		}
		delete(got, name)
	}
	for name, frames := range got {
		l.Errorf("%s: %s got %x, want nothing", what, name, frames)
	}
}

// answers sends a frame and checks that the sender gets exactly this answer,
// and nobody else anything.
func (l *lab) answers(what, from string, frame, want []byte) {
	l.Helper()
	got := l.send(from, frame)
	if len(got) != 1 || !same(got[from], want) {
		l.Errorf("%s: got %x, want %s: %x", what, got, from, want)
	}
}

func same(got [][]byte, want []byte) bool { return len(got) == 1 && bytes.Equal(got[0], want) }

// namespace makes a network namespace without a name in which nothing speaks
// by itself.
func (l *lab) namespace() netns.NsHandle {
	l.Helper()
	runtime.LockOSThread()
	home, err := netns.Get()
	l.must(err)
	defer home.Close()
	ns, err := netns.New()
	l.must(err)
	l.Cleanup(func() { ns.Close() })
	silence(l.TB)
	l.must(netns.Set(home))
	runtime.UnlockOSThread()
	return ns
}

// silence keeps IPv6 off devices that are yet to come in this thread's
// namespace, which would else speak by themselves.
func silence(t testing.TB) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
}

// allowIPv6 takes that back for one device.
func allowIPv6(device string) error {
	return os.WriteFile("/proc/sys/net/ipv6/conf/"+device+"/disable_ipv6", []byte("0"), 0)
}

func (l *lab) handle(ns netns.NsHandle) *netlink.Handle {
	l.Helper()
	h, err := netlink.NewHandleAt(ns)
	l.must(err)
	l.Cleanup(h.Close)
	return h
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}
