package etcd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/kvstore"
)

func TestParse(t *testing.T) {
	for raw, want := range map[string]address{
		"etcd://a":  {hosts: []string{"a:2379"}, root: "/vlcp"},
		"etcd://a/": {hosts: []string{"a:2379"}, root: "/vlcp"},
		"etcd://a:1,b,[::1],[fd00::1]:2/site/blue": {
			hosts: []string{"a:1", "b:2379", "[::1]:2379", "[fd00::1]:2"}, root: "/site/blue"},
		"etcd://u:p%40:%2F@a": {hosts: []string{"a:2379"}, user: "u", password: "p@:/", root: "/vlcp"},
		"etcd://u:p@@a":       {hosts: []string{"a:2379"}, user: "u", password: "p@", root: "/vlcp"},
		"etcd://a?tls=true":   {hosts: []string{"a:2379"}, root: "/vlcp", tls: true},
		"etcd://a/r?ca=/c.pem&cert=/d.pem&key=/e%20f.pem": {
			hosts: []string{"a:2379"}, root: "/r", tls: true, ca: "/c.pem", cert: "/d.pem", key: "/e f.pem"},
	} {
		got, err := parse(raw)
		if err != nil {
			t.Errorf("parse(%s) = %v", raw, err)
		} else if diff := cmp.Diff(want, got, cmp.AllowUnexported(address{})); diff != "" {
			t.Errorf("parse(%s): %s", raw, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for raw, says := range map[string]string{
		"":                           "scheme",
		"a:2379":                     "scheme",
		"http://a":                   "scheme",
		"etcd:a":                     "scheme",
		"etcd://":                    "empty host",
		"etcd://a,":                  "empty host",
		"etcd://u:secret@":           "empty host",
		"etcd://u:sec%ret@a":         "escaped",
		"etcd://u:secret\x7f@a":      "escaped",
		"etcd://u:secret@a?x=1":      `"x"`,
		"etcd://a?tls=yes":           "tls=true",
		"etcd://a?cert=/c.pem":       "only one",
		"etcd://a?key=/c.pem&ca=/ca": "only one",
	} {
		_, err := parse(raw)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), form) {
			t.Errorf("parse(%s) = %v, want one about %s", raw, err, says)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q shows a password", err)
		}
	}
}

func TestPasswordFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("p@ss secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := parse("etcd://me@a?password-file=" + file)
	if err != nil || a.user != "me" || a.password != "p@ss secret" || a.tls {
		t.Errorf("%+v, %v", a, err)
	}
	for raw, says := range map[string]string{
		"etcd://a?password-file=" + file:           "goes with a user",
		"etcd://me:secret@a?password-file=" + file: "without a password",
		"etcd://me@a?password-file=":               "no such file",
		"etcd://me@a?password-file=/nowhere":       "/nowhere",
		"etcd://me@a?password-file=/dev/null":      "one line",
	} {
		if _, err := parse(raw); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(strings.TrimSuffix(err.Error(), form), "secret") {
			t.Errorf("parse(%s) = %v, want one about %s", raw, err, says)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("etcd://u:p@a:1,b/vlcp?ca=x")
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := parse(raw)
		if err == nil && (len(a.hosts) == 0 || slices.Contains(a.hosts, "")) {
			t.Errorf("parse(%q) = %+v", raw, a)
		}
	})
}

func TestRoot(t *testing.T) {
	for root, want := range map[string]string{
		"/vlcp": "/vlcp/", "vlcp/": "/vlcp/", "/a/b": "/a/b/",
		"": "", "/": "", "/a//b": "", "/a b": "", "/..": "", "/" + strings.Repeat("r", maxRoot+1): "",
	} {
		o, err := newOptions([]Option{Root(root)})
		if (err == nil) != (want != "") || err == nil && o.root != want {
			t.Errorf("Root(%q) = %q, %v, want %q", root, o.root, err, want)
		}
	}
}

func TestModRevision(t *testing.T) {
	for r, want := range map[kvstore.Revision]int64{
		kvstore.Absent: 0, "1": 1, "9223372036854775807": 9223372036854775807,
		"0": never, "-1": never, "+1": never, "01": never, "1 ": never, "x": never, "9223372036854775808": never,
	} {
		if got := modRevision(r); got != want {
			t.Errorf("modRevision(%q) = %d, want %d", r, got, want)
		}
	}
}
