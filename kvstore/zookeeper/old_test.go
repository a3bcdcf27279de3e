package zookeeper_test

import (
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/zookeeper"
)

// TestTooOld watches on a server before 3.6, which answers that it has not
// implemented operation 106, and hangs up.
func TestTooOld(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveOld(conn)
		}
	}()
	defer func() { <-served }()
	defer l.Close()
	s := open(t, "zk://"+l.Addr().String(), zookeeper.Lazy())
	defer s.Close()
	for range 2 {
		err := s.Watch(t.Context(), "", func(kvstore.Batch) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "3.6 or newer") {
			t.Errorf("Watch = %v", err)
		}
	}
}

// serveOld gives a session to whoever asks, and implements nothing.
func serveOld(conn net.Conn) {
	defer conn.Close()
	const unimplemented = -6
	for first := true; ; first = false {
		var size uint32
		if binary.Read(conn, binary.BigEndian, &size) != nil {
			return
		}
		request := make([]byte, size)
		if _, err := io.ReadFull(conn, request); err != nil {
			return
		}
		if first {
			greeting := []int32{20 + 16, 0, 10_000, 0, 1, 16, 0, 0, 0, 0}
			_ = binary.Write(conn, binary.BigEndian, greeting)
			continue
		}
		xid := int32(binary.BigEndian.Uint32(request))
		_ = binary.Write(conn, binary.BigEndian, []int32{16, xid, 0, 0, unimplemented})
		return
	}
}
