package consul

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

func TestPlan(t *testing.T) {
	durable, ephemeral := revision("a", 7, false), revision("a", 7, true)
	for _, tt := range []struct {
		op   kvstore.Op
		want string
	}{
		{kvstore.Op{Check: true}, "check-not-exists"},
		{kvstore.Op{Check: true, Revision: durable}, "check-index@7"},
		{kvstore.Op{Check: true, Revision: ephemeral}, "check-index@7"},
		{kvstore.Op{Check: true, Revision: revision("b", 7, false)}, "check-index@0"},
		{kvstore.Op{Check: true, Revision: "7"}, "check-index@0"},
		{kvstore.Op{Check: true, Revision: kvstore.Uncommitted}, "check-index@0"},

		{kvstore.Op{Write: kvstore.Put}, "delete set"},
		{kvstore.Op{Write: kvstore.Put, Check: true}, "cas@0"},
		{kvstore.Op{Write: kvstore.Put, Check: true, Revision: durable}, "cas@7 flags=7"},
		{kvstore.Op{Write: kvstore.Put, Check: true, Revision: ephemeral}, "check-index@7 delete set"},
		{kvstore.Op{Write: kvstore.Put, Check: true, Revision: "☃"}, "check-index@0"},

		{kvstore.Op{Write: kvstore.Put, Ephemeral: true}, "delete lock by s"},
		{kvstore.Op{Write: kvstore.Put, Ephemeral: true, Check: true}, "check-not-exists lock by s"},
		{kvstore.Op{Write: kvstore.Put, Ephemeral: true, Check: true, Revision: durable}, "check-index@7 delete lock by s"},
		{kvstore.Op{Write: kvstore.Put, Ephemeral: true, Check: true, Revision: ephemeral}, "check-index@7 delete lock by s"},

		{kvstore.Op{Write: kvstore.Delete}, "delete"},
		{kvstore.Op{Write: kvstore.Delete, Check: true}, "check-not-exists"},
		{kvstore.Op{Write: kvstore.Delete, Check: true, Revision: durable}, "check-index@7 delete"},
		{kvstore.Op{Write: kvstore.Delete, Check: true, Revision: ephemeral}, "check-index@7 delete"},
	} {
		tt.op.Key = "a"
		if tt.op.Write == kvstore.Put {
			tt.op.Value = []byte("v")
		}
		p := newPlan("root/", "s", []kvstore.Op{tt.op})
		if got := sentence(t, p); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.op, got, tt.want)
		}
		if writes := !strings.HasPrefix(tt.want, "check") || strings.Contains(tt.want, " "); p.writes() != writes {
			t.Errorf("%q writes: %v", tt.want, p.writes())
		}
	}
}

// sentence is a plan for one key in short. What writes has the value.
func sentence(t *testing.T, p plan) string {
	t.Helper()
	var words []string
	for i, op := range p.ops {
		word := string(op.KV.Verb)
		if strings.HasPrefix(word, "c") && word != "check-not-exists" {
			word += fmt.Sprintf("@%d", op.KV.Index)
		}
		if op.KV.Flags != 0 {
			word += fmt.Sprintf(" flags=%d", op.KV.Flags)
		}
		if op.KV.Session != "" {
			word += " by " + op.KV.Session
		}
		puts := op.KV.Verb == "set" || op.KV.Verb == "cas" || op.KV.Verb == "lock"
		if puts != (string(op.KV.Value) == "v") || op.KV.Key != "root/a" || p.keys[i] != "a" {
			t.Errorf("%s of %s (%s) has the value %q", word, op.KV.Key, p.keys[i], op.KV.Value)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestRevision(t *testing.T) {
	for _, held := range []bool{false, true} {
		r := revision("net/1", 4711, held)
		if index, h, ok := parse("net/1", r); index != 4711 || h != held || !ok {
			t.Errorf("parse(%q) = %d, %v, %v", r, index, h, ok)
		}
		if _, _, ok := parse("net/2", r); ok {
			t.Errorf("%q is taken for a revision of another key", r)
		}
	}
	for _, r := range []kvstore.Revision{"", "1", "-", "~", "x-1c291ca3", "+1-00000000", "1-1c291ca", "99999999999999999999-00000000"} {
		if _, _, ok := parse("a", r); ok {
			t.Errorf("%q is taken for a revision", r)
		}
	}
}

// TestLimitsFit: whatever is within the limits and has ordinary keys fits, below
// the longest root.
func TestLimitsFit(t *testing.T) {
	root := strings.Repeat("r", maxRoot) + "/"
	ops := make([]kvstore.Op, limits.Ops)
	size := limits.Bytes
	for i := range ops {
		ops[i] = kvstore.Op{Key: fmt.Sprintf("net/0123456789abcdef/port/%064d", i), Write: kvstore.Put, Check: true}
		size -= len(ops[i].Key)
	}
	ops[0].Value = make([]byte, size)
	if err := limits.Check(ops); err != nil {
		t.Fatal(err)
	}
	if err := newPlan(root, "", ops).check(); err != nil {
		t.Error(err)
	}
}
