package ovstest

import (
	"encoding/binary"
	"fmt"
	"net"
	"time"

	"github.com/vlcp-go/vlcp/internal/testenv"
	"github.com/vlcp-go/vlcp/ovs"
)

// swapsLoseNothing: two namespaces ping each other, one packet at a time, while
// all flows of the bridge are replaced, again and again. None is lost.
func swapsLoseNothing(l *lab) {
	const swaps = 50
	sw := l.ready()
	a := l.ovs.AddEndpoint("a", prefix("10.0.0.1/24"), nil)
	l.ovs.AddEndpoint("b", prefix("10.0.0.2/24"), nil)
	setPorts(l, sw, ovs.PortChanges{Add: specs("a", "b")})
	ports := [2]uint32{awaitNumber(l, sw, "a"), awaitNumber(l, sw, "b")}
	have := generation(l, 0, ports)
	apply(l, sw, ovs.Changes{Add: have})

	var conn net.PacketConn
	var err error
	testenv.In(l, a, func() { conn, err = net.ListenPacket("ip4:icmp", "10.0.0.1") })
	if err != nil {
		l.Fatal(err)
	}
	defer conn.Close()
	stop, result := make(chan struct{}), make(chan error, 1)
	go func() { result <- pingUntil(stop, conn, &net.IPAddr{IP: net.IPv4(10, 0, 0, 2)}) }()
	for n := range swaps {
		want := generation(l, n+1, ports)
		apply(l, sw, ovs.Diff(want, have))
		have = want
	}
	close(stop)
	if err := <-result; err != nil {
		l.Error(err)
	}
	checkFlows(l, sw, have...)
}

// generation is a set of flows that shares none with the next one: half of the
// entries move to other priorities, half are replaced.
func generation(l *lab, n int, ports [2]uint32) []ovs.Flow {
	var text []string
	for i, in := range ports {
		text = append(text,
			fmt.Sprintf("table=0,priority=%d,in_port=%d actions=load:%d->NXM_NX_REG5[],resubmit(,1)", 10+n%2, in, n),
			fmt.Sprintf("table=1,priority=5,in_port=%d actions=load:%d->NXM_NX_REG6[],output:%d", in, n, ports[1-i]),
		)
	}
	for i := range 100 {
		text = append(text, fmt.Sprintf("table=2,priority=%d,reg0=%d actions=load:%d->NXM_NX_REG5[],output:1", 10+n%2, i, n))
	}
	return stamp(flows(l, text...))
}

// pingUntil sends echo requests, each after the reply to the one before. A
// reply that does not come is a lost packet.
func pingUntil(stop <-chan struct{}, conn net.PacketConn, to net.Addr) error {
	for n := uint16(1); ; n++ {
		select {
		case <-stop:
			return nil
		default:
		}
		if _, err := conn.WriteTo(echoRequest(n), to); err != nil {
			return err
		}
		if err := awaitReply(conn, n); err != nil {
			return fmt.Errorf("echo request %d: %w", n, err)
		}
	}
}

func awaitReply(conn net.PacketConn, n uint16) error {
	// Long beyond any queue: what has not come by then is lost.
	if err := conn.SetReadDeadline(time.Now().Add(patience / 2)); err != nil {
		return err
	}
	for buf := make([]byte, 1500); ; {
		size, _, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		const echoReply = 0
		if size >= 8 && buf[0] == echoReply && binary.BigEndian.Uint16(buf[6:]) == n {
			return nil
		}
	}
}

// echoRequest is RFC 792's, without data.
func echoRequest(n uint16) []byte {
	b := []byte{8, 0, 0, 0, 0x76, 0, 0, 0}
	binary.BigEndian.PutUint16(b[6:], n)
	sum := 0x0800 + 0x7600 + uint32(n)
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum>>16+sum&0xffff))
	return b
}
