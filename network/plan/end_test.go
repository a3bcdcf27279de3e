package plan_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"

	"github.com/vlcp-go/vlcp/internal/testenv"
)

// end is a raw socket on a device.
type end struct {
	t    testing.TB
	fd   int
	kept [][]byte // received while waiting for an echo
}

// listen opens a raw socket on a device of a namespace.
func listen(t testing.TB, ns netns.NsHandle, device int) *end {
	t.Helper()
	e := &end{t: t}
	testenv.In(t, ns, func() {
		var err error
		e.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		e.must(err)
	})
	t.Cleanup(func() { unix.Close(e.fd) })
	e.must(unix.SetsockoptInt(e.fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1))
	e.must(unix.SetsockoptTimeval(e.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 10}))
	all := binary.NativeEndian.Uint16([]byte{unix.ETH_P_ALL >> 8, unix.ETH_P_ALL & 0xff})
	e.must(unix.Bind(e.fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: device}))
	return e
}

func (e *end) send(frame []byte) {
	e.t.Helper()
	_, err := unix.Write(e.fd, frame)
	e.must(err)
}

// echo sends a frame that the bridge sends back, and waits for it.
func (e *end) echo() {
	e.t.Helper()
	probe := func(op uint16) []byte {
		return arp(macOf("nobody"), macOf("echo"), op, nobody, "0.0.0.0", nobody, "0.0.0.0")
	}
	e.send(probe(echoRequest))
	e.await(probe(echoReply))
}

// await waits for a frame, and keeps what arrives before it.
func (e *end) await(want []byte) {
	e.t.Helper()
	for {
		frame, err := e.receive(0)
		e.must(err)
		if bytes.Equal(frame, want) {
			return
		}
		e.kept = append(e.kept, frame)
	}
}

// drain returns what arrived since the last drain, without echoes.
func (e *end) drain() [][]byte {
	e.t.Helper()
	for {
		frame, err := e.receive(unix.MSG_DONTWAIT)
		if errors.Is(err, unix.EAGAIN) {
			break
		}
		e.must(err)
		e.kept = append(e.kept, frame)
	}
	frames := e.kept
	e.kept = nil
	return frames
}

// receive reads a frame. A VLAN tag, which the kernel takes off and tells of
// beside the frame, is put back.
func (e *end) receive(flags int) ([]byte, error) {
	buf, oob := make([]byte, 2048), make([]byte, 64)
	n, oobn, _, _, err := unix.Recvmsg(e.fd, buf, oob, flags)
	if err != nil {
		return nil, err
	}
	frame := buf[:n]
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		// struct tpacket_auxdata of linux/if_packet.h
		status, tci := binary.NativeEndian.Uint32(m.Data), binary.NativeEndian.Uint16(m.Data[16:])
		if status&unix.TP_STATUS_VLAN_VALID != 0 {
			frame = tag(frame, tci)
		}
	}
	return frame, nil
}

func (e *end) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}
