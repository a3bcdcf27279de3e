package bolt

import (
	"bytes"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/vlcp-go/vlcp/kvstore"
)

// encode is the record of a value that commit number seq wrote.
func encode(seq uint64, value []byte) []byte {
	record := strconv.AppendUint(make([]byte, 0, len(value)+21), seq, 10)
	return append(append(record, ' '), value...)
}

// decode copies an entry out of its record; without a record the key is absent.
func decode(key string, record []byte) kvstore.Entry {
	if record == nil {
		return kvstore.Entry{Key: key}
	}
	_, value, _ := bytes.Cut(record, []byte(" "))
	return kvstore.Entry{Key: key, Value: bytes.Clone(value), Revision: revision(record)}
}

// revision is the revision in a record, Absent without one.
func revision(record []byte) kvstore.Revision {
	seq, _, _ := bytes.Cut(record, []byte(" "))
	return kvstore.Revision(seq)
}

// below reads the entries below prefix, sorted.
func below(b *bbolt.Bucket, prefix string) []kvstore.Entry {
	var entries []kvstore.Entry
	cursor := b.Cursor()
	for k, v := cursor.Seek([]byte(prefix)); k != nil; k, v = cursor.Next() {
		key := string(k)
		if !strings.HasPrefix(key, prefix) {
			break
		}
		entries = append(entries, decode(key, v))
	}
	return entries
}
