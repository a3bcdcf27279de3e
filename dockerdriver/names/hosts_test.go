package names

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/kvstore"
)

// apply is what a plan makes of a hosts file.
func (e edit) apply(old string) string {
	if e.write {
		return e.whole
	}
	return old + e.add
}

// A plan done is a file with what others wrote, as they wrote it, and with what
// is wanted of ours and nothing else.
func TestPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.SampledFrom([]string{
			"127.0.0.1\tlocalhost", "10.0.0.9 mine a # a comment", "# a comment", "", "\t", "10.0.0.1 a # vlcp", "10.0.0.1 a # vlcp ",
			"10.0.0.2 b # vlcp", "\x00\x00 # vlcp", "10.0.0.3 C", "fd00::1 c # vlcp",
		})
		old := strings.Join(rapid.SliceOfN(line, 0, 8).Draw(t, "old"), "\n") + rapid.SampledFrom([]string{"", "\n"}).Draw(t, "end")
		var entries []entry
		for _, name := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 6).Draw(t, "names") {
			addr := rapid.SampledFrom([]string{"10.0.0.1", "10.0.0.2", "fd00::1"}).Draw(t, "address")
			entries = append(entries, entry{name, netip.MustParseAddr(addr)})
		}
		complete := rapid.Bool().Draw(t, "complete")
		checkPlan(t, old, entries, complete)
	})
}

func checkPlan(t *rapid.T, old string, entries []entry, complete bool) {
	now := newOrder(entries, complete).plan(old).apply(old)
	theirs, before := split(old)
	stay, ours := split(now)
	if strings.TrimRight(strings.Join(stay, "\n"), "\n") != strings.TrimRight(strings.Join(theirs, "\n"), "\n") {
		t.Fatalf("lines of others were %q, are %q", theirs, stay)
	}
	want := map[string]bool{}
	for _, e := range entries {
		if finds(strings.Join(theirs, "\n"), e.name) == "" {
			want[fmt.Sprintf("%s %s # vlcp", e.addr, e.name)] = true
		}
	}
	for _, line := range before {
		if !complete {
			want[line] = true
		}
	}
	for _, line := range ours {
		if !want[line] {
			t.Fatalf("%q is not wanted, or twice, in %q", line, now)
		}
		delete(want, line)
	}
	if len(want) > 0 {
		t.Fatalf("%v are missing in %q", want, now)
	}
	if again := newOrder(entries, complete).plan(now); again.write || again.add != "" {
		t.Fatalf("%q is not the end: %+v", now, again)
	}
}

func TestRoom(t *testing.T) {
	var entries []entry
	for n := range 20_000 {
		entries = append(entries, entry{fmt.Sprintf("container-%05d", n), netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)})})
	}
	const old = "127.0.0.1 localhost\n"
	o := newOrder(entries, true)
	if n := len(o.plan(old).add); !o.cut || n > maxOurs || n < maxOurs-100 {
		t.Errorf("cut: %v; %d bytes, at most %d", o.cut, n, maxOurs)
	}
	o = newOrder(entries[:5000], true)
	if n := strings.Count(o.plan(old).add, "\n"); o.cut || n != 5000 {
		t.Errorf("cut: %v; %d lines of 5000", o.cut, n)
	}
}

// Docker is not disturbed while it starts a container; what is added is added at
// once, what is to go goes a little later.
func TestWhileDockerWrites(t *testing.T) {
	dir, id := t.TempDir(), strings.Repeat("a", 64)
	path := filepath.Join(dir, hostsPath(id))
	check(t, os.Mkdir(filepath.Dir(path), 0o755))
	check(t, os.WriteFile(path, []byte("127.0.0.1 localhost\n10.0.0.1 old # vlcp\n"), 0o644))
	root, err := os.OpenRoot(dir)
	check(t, err)
	defer root.Close()
	before, err := os.Stat(path)
	check(t, err)

	f := files{managed: map[string]changes{}}
	want := newOrder([]entry{{"new", netip.MustParseAddr("10.0.0.2")}}, true)
	if err := f.apply(root, id, want); err != errBusy {
		t.Errorf("got %v, want %v", err, errBusy)
	}
	expect(t, path, "127.0.0.1 localhost\n10.0.0.1 old # vlcp\n10.0.0.2 new # vlcp\n")
	check(t, os.Chtimes(path, time.Time{}, time.Now().Add(-2*quiet)))
	f.managed = map[string]changes{}
	if err := f.apply(root, id, want); err != nil {
		t.Error(err)
	}
	expect(t, path, "127.0.0.1 localhost\n10.0.0.2 new # vlcp\n")
	if err := f.apply(root, id, newOrder(nil, true)); err != nil { // we were the last
		t.Error(err)
	}
	expect(t, path, "127.0.0.1 localhost\n")
	check(t, os.Truncate(path, 0))
	if err := f.apply(root, id, want); err != errBusy {
		t.Errorf("an empty file: got %v, want %v", err, errBusy)
	}
	if now, err := os.Stat(path); err != nil || !os.SameFile(before, now) {
		t.Errorf("it is another file: %v", err)
	}
}

func expect(t *testing.T, path, want string) {
	t.Helper()
	if text, err := os.ReadFile(path); err != nil || string(text) != want {
		t.Errorf("got %q, %v, want %q", text, err, want)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestIsName(t *testing.T) {
	for name, want := range map[string]bool{
		"web": true, "Web-1_a.example": true, strings.Repeat("a", 253): true, "1a": true,
		"": false, "a b": false, "a\n10.0.0.1": false, "a#": false, "localhost": false, "LocalHost": false, "10.0.0.1": false, "fd00::1": false,
		"ä": false, "a\x00": false, strings.Repeat("a", 254): false, "a\tb": false,
	} {
		if isName(name) != want {
			t.Errorf("%q is a name: %v, want %v", name, !want, want)
		}
	}
}

// What another host wrote can't write lines of its own into a hosts file.
func FuzzRecordOfOthers(f *testing.F) {
	f.Add([]byte(`{"names":{"a\n1.2.3.4 b":"2026-01-01T00:00:00Z","c":"2026-01-01T00:00:00Z"},"aliases":["d e"],"addresses":["10.0.0.1","fe80::1%eth0"]}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		w := world{}
		w.begin()
		w.shared["n"] = &shared{known: true, records: map[holder]published{{"h", "c"}: decode(kvstore.Entry{Value: value})}}
		w.places["n"] = place{network: "n", logical: "n", members: map[string]member{"x": {}}}
		entries, _ := w.wanted([]string{"n"})
		for _, line := range strings.Split(strings.TrimSuffix(newOrder(entries, true).plan("").add, "\n"), "\n") {
			if fields := strings.Fields(line); line != "" && (len(fields) != 4 || !strings.HasSuffix(line, mark) || !slices.ContainsFunc(entries, func(e entry) bool { return e.name == fields[1] })) {
				t.Errorf("the line %q of %q", line, value)
			}
		}
	})
}
