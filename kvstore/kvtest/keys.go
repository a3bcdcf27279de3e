package kvtest

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

// oddParts are what users name things.
var oddParts = []string{
	"", ".", "..", "...", "/", "//", "a/b", "%", "%2F", "100%", " ", "a b", "a.b", "zookeeper",
	"ü", "网络", "🐳", "\x00", "\xff\xfe", "\n", "?a=b&c#d", "10.0.0.0/24", "fd00::1/64", "$&+=:@~!*'(),;[]{}|\\^`\"<>",
	strings.Repeat("n", 200),
}

func testKeys(t testing.TB, s kvstore.Store) {
	want := map[string]string{}
	for _, part := range oddParts {
		for _, key := range []string{kvstore.Key("top" + part), kvstore.Key("odd", part), kvstore.Key("odd", part, "below")} {
			want[key] = part
		}
	}
	want["odd"] = "a key and a prefix"
	want[strings.Repeat("a/", kvstore.MaxKey/2-1)+"ab"] = "the longest"
	for key, value := range want {
		commit(t, s, when(kvstore.Absent, put(key, value)))
	}
	for key, value := range want {
		wantValue(t, s, key, value)
	}
	if got := listed(t, s, ""); !maps.Equal(got, want) {
		t.Errorf("List answers %q,\nwant %q", got, want)
	}
	for key := range want {
		commit(t, s, del(key))
	}
	if got := listed(t, s, ""); len(got) > 0 {
		t.Errorf("after all is deleted there is %q", got)
	}
}

func testInvalidKeys(t testing.TB, s kvstore.Store) {
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "a/./b", "a/../b", "a b", "ü", "a?b", "a\x00b", "a#b", `a\b`,
		strings.Repeat("k", kvstore.MaxKey+1),
	} {
		refused(t, s, kvstore.ErrInvalid, put(key, "v"))
		_, err := s.Get(limited(t), []string{key}, true)
		wantError(t, err, kvstore.ErrInvalid, "Get of key %.20q", key)
	}
	for _, prefix := range []string{"/", "a", "/a/", "a//", "../", "a b/"} {
		_, err := s.List(limited(t), prefix)
		wantError(t, err, kvstore.ErrInvalid, "List of prefix %q", prefix)
		err = s.Watch(limited(t), prefix, func(kvstore.Batch) error { return nil })
		wantError(t, err, kvstore.ErrInvalid, "Watch of prefix %q", prefix)
	}
}

func testValues(t testing.TB, s kvstore.Store) {
	for name, value := range map[string][]byte{
		"nil": nil, "empty": {}, "zero": {0}, "space": []byte(" "), "binary": {0xff, 0xfe, 0, '\n', 0x80},
		"json": []byte(`{"a": "\u00e9"}`), "large": bytes.Repeat([]byte{1, 2, 0}, s.Limits().Value/4),
	} {
		commit(t, s, kvstore.Op{Key: "values/" + name, Write: kvstore.Put, Value: value})
		e := read(t, s, "values/"+name)
		if e.Revision == kvstore.Absent || !bytes.Equal(e.Value, value) {
			t.Errorf("%s: put %d bytes, got %d bytes at revision %q", name, len(value), len(e.Value), e.Revision)
		}
		if got := listed(t, s, "values/")["values/"+name]; got != string(value) {
			t.Errorf("%s: put %d bytes, listed %d", name, len(value), len(got))
		}
	}
}

func testAliasing(t testing.TB, s kvstore.Store) {
	value := []byte("before")
	ops := []kvstore.Op{{Key: "a", Write: kvstore.Put, Value: value}}
	commit(t, s, ops...)
	copy(value, "after!")
	wantValue(t, s, "a", "before")
	if string(ops[0].Value) != "after!" {
		t.Error("Commit keeps or changes the operations of its caller")
	}
}

func testPrefix(t testing.TB, s kvstore.Store) {
	for _, key := range []string{"a", "a/b", "a/b/c", "a/c", "a-b", "a.b", "ab", "a%20/x", "b/a/b"} {
		commit(t, s, put(key, key))
	}
	for prefix, want := range map[string][]string{
		"":      {"a", "a%20/x", "a-b", "a.b", "a/b", "a/b/c", "a/c", "ab", "b/a/b"},
		"a/":    {"a/b", "a/b/c", "a/c"},
		"a/b/":  {"a/b/c"},
		"ab/":   nil,
		"b/":    {"b/a/b"},
		"none/": nil,
	} {
		if got := slices.Sorted(maps.Keys(listed(t, s, prefix))); !slices.Equal(got, want) {
			t.Errorf("List(%q) = %q, want %q", prefix, got, want)
		}
	}
}

func testRevisions(t testing.TB, s kvstore.Store) {
	seen := map[kvstore.Revision]bool{kvstore.Absent: true}
	for range 5 {
		for _, value := range []string{"first", "same", "same"} {
			commit(t, s, put("a", value))
			r := read(t, s, "a").Revision
			if seen[r] {
				t.Fatalf("revision %q came back", r)
			}
			seen[r] = true
		}
		commit(t, s, put("other", "x"))
		commit(t, s, del("a"))
		wantAbsent(t, s, "a")
	}
	commit(t, s, put("a", "new"))
	for r := range seen {
		refused(t, s, kvstore.ErrConflict, when(r, put("a", "by an old revision")))
	}
}
