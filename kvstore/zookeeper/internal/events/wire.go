package events

import (
	"encoding/binary"
	"io"
	"time"
)

// The numbers of the protocol: org.apache.zookeeper's ZooDefs.OpCode, ClientCnxn,
// AddWatchMode and KeeperException.Code.
const (
	opPing     = 11
	opAuth     = 100
	opAddWatch = 106
	opClose    = -11

	xidEvent = -1
	xidPing  = -2
	xidAuth  = -4
	xidWatch = 1
	xidClose = 2

	persistentRecursive = 1

	codeUnimplemented = -6
	codeNoAuth        = -102
	codeAuthFailed    = -115
)

const (
	frameHeader = 4       // bytes of a message's length
	maxFrame    = 1 << 20 // no event comes near
)

// message is an answer that is being read, in jute: numbers are big-endian,
// strings have their length before them.
type message struct {
	rest []byte
	err  error
}

// header reads what every message but the greeting begins with: whose answer it
// is, the transaction that the server is at, and an error code.
func (m *message) header() (xid, code int32) {
	xid = m.int32()
	m.take(8)
	return xid, m.int32()
}

func (m *message) int32() int32 {
	if b := m.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

func (m *message) string() string { return string(m.take(int(m.int32()))) }

func (m *message) take(n int) []byte {
	if m.err != nil || n < 0 || n > len(m.rest) {
		m.err = io.ErrUnexpectedEOF
		return nil
	}
	b := m.rest[:n]
	m.rest = m.rest[n:]
	return b
}

// request is a message that is being written, with room for its length.
type request []byte

func newRequest(numbers ...int32) request {
	return make(request, frameHeader).int32(numbers...)
}

func (r request) int32(numbers ...int32) request {
	for _, n := range numbers {
		r = binary.BigEndian.AppendUint32(r, uint32(n))
	}
	return r
}

func (r request) string(s string) request {
	return append(r.int32(int32(len(s))), s...)
}

func (r request) frame() []byte {
	binary.BigEndian.PutUint32(r, uint32(len(r)-frameHeader))
	return r
}

// connectRequest asks for a new session.
func connectRequest(timeout time.Duration) []byte {
	const version, noZxid, noSession = 0, 0, 0
	password := string(make([]byte, 16))
	return newRequest(version, noZxid, noZxid, int32(timeout.Milliseconds()), noSession, noSession).string(password).frame()
}

func authRequest(digest string) []byte {
	return newRequest(xidAuth, opAuth, 0).string("digest").string(digest).frame()
}

func watchRequest(path string) []byte {
	return newRequest(xidWatch, opAddWatch).string(path).int32(persistentRecursive).frame()
}

func pingRequest() []byte  { return newRequest(xidPing, opPing).frame() }
func closeRequest() []byte { return newRequest(xidClose, opClose).frame() }
