package zookeeper

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-zookeeper/zk"

	"github.com/vlcp-go/vlcp/kvstore"
)

// The nodes that are no keys; "!" is in none.
const (
	aliveName = "!alive" // below an ephemeral key
	epochName = "!epoch" // below the root
)

// The first byte of a node's data, where it is not a value as it was put. A node
// without data is no key.
const (
	escaped   = 0 // a value follows, which is empty or begins with one of these bytes
	ephemeral = 1 // the value of an ephemeral key follows
)

// node is a key's node as it was read.
type node struct {
	key      string
	exists   bool
	data     []byte
	version  int32
	mzxid    int64
	children int32
	alive    bool // of an ephemeral key: it has the "!alive" of the same transaction
}

func newNode(key string, data []byte, stat *zk.Stat) node {
	return node{key: key, exists: true, data: data, version: stat.Version, mzxid: stat.Mzxid, children: stat.NumChildren}
}

// entry is what the store says of the node.
func (n node) entry() kvstore.Entry {
	if !n.isKey() {
		return kvstore.Entry{Key: n.key}
	}
	return kvstore.Entry{Key: n.key, Value: value(n.data), Revision: kvstore.Revision("0x" + strconv.FormatInt(n.mzxid, 16))}
}

// isKey is false of a node that is missing, deleted, only there for those below
// it, or an ephemeral key whose session ended.
func (n node) isKey() bool { return len(n.data) > 0 && (n.alive || !n.isEphemeral()) }

func (n node) isEphemeral() bool { return len(n.data) > 0 && n.data[0] == ephemeral }

// isAs tells whether a node has not changed.
func (n node) isAs(before node) bool {
	return n.exists == before.exists && n.mzxid == before.mzxid && n.alive == before.alive
}

// isLitter tells a node that nobody uses.
func (n node) isLitter() bool { return n.exists && !n.isKey() && n.children == 0 }

// value is the value in a key's data.
func value(data []byte) []byte {
	if data[0] <= ephemeral {
		return data[1:]
	}
	return data
}

// durableData is the data of a key that stays.
func durableData(v []byte) []byte {
	if len(v) == 0 || v[0] <= ephemeral {
		return append([]byte{escaped}, v...)
	}
	return bytes.Clone(v)
}

// ephemeralData is the data of a key that goes with its session.
func ephemeralData(v []byte) []byte { return append([]byte{ephemeral}, v...) }

// path is the node of a key, or with "" the root.
func (s *Store) path(key string) string {
	return strings.TrimSuffix(s.config.Root+"/"+key, "/")
}

func (s *Store) alivePath(key string) string { return s.path(key) + "/" + aliveName }

func (s *Store) epochPath() string { return s.config.Root + "/" + epochName }

// key is the key that a change of the node at path concerns, if any.
func (s *Store) key(path string) (key string, ok bool) {
	key, ok = strings.CutPrefix(path, s.config.Root+"/")
	key = strings.TrimSuffix(key, "/"+aliveName)
	return key, ok && kvstore.CheckKey(key) == nil
}
