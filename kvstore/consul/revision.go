package consul

import (
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// revision names the state of a key that was written at an index, such as
// "4711-1c291ca3". One that a session holds is ephemeral: "4711~1c291ca3". All
// keys of one transaction have one index, so the checksum of the key tells apart
// the revisions of an ephemeral key and a durable one; thus a revision says whether
// its key is to be freed from a session before it is written again.
func revision(key string, index uint64, held bool) kvstore.Revision {
	mark := '-'
	if held {
		mark = '~'
	}
	return kvstore.Revision(fmt.Sprintf("%d%c%08x", index, mark, crc32.ChecksumIEEE([]byte(key))))
}

// parse is the inverse of revision; ok is false for what is no revision of the key.
func parse(key string, r kvstore.Revision) (index uint64, held, ok bool) {
	end := strings.IndexAny(string(r), "-~")
	if end < 0 {
		return 0, false, false
	}
	index, err := strconv.ParseUint(string(r[:end]), 10, 64)
	held = r[end] == '~'
	return index, held, err == nil && revision(key, index, held) == r
}

// entry is a key as Consul has it; nil is an absent one.
func entry(key string, pair *api.KVPair) kvstore.Entry {
	if pair == nil {
		return kvstore.Entry{Key: key}
	}
	return kvstore.Entry{Key: key, Value: pair.Value, Revision: revision(key, pair.ModifyIndex, pair.Session != "")}
}
