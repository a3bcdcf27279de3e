package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

// newFlags are some of each type.
func newFlags() *pflag.FlagSet {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.String("bridge", "br0", "")
	f.String("store", "bolt:///x", "")
	f.Uint16("vxlan-port", 4999, "")
	f.Duration("audit", time.Minute, "")
	f.Bool("dry", false, "")
	f.StringSlice("api", []string{"x"}, "")
	return f
}

// read reads a file with this content.
func read(t *testing.T, content string) (*File, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vlcp.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return Read(path)
}

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func values(f *pflag.FlagSet) map[string]string {
	all := map[string]string{}
	f.VisitAll(func(f *pflag.Flag) { all[f.Name] = Text(f) })
	return all
}

func TestFill(t *testing.T) {
	file, err := read(t, "bridge = \"file\"\nstore = \"file\"\naudit = \"2m\"\ndry = true\nvxlan-port = 1\napi = ['a', 'b']\n")
	if err != nil {
		t.Fatal(err)
	}
	flags := newFlags()
	if err := flags.Parse([]string{"--bridge=flag"}); err != nil {
		t.Fatal(err)
	}
	source := Source{Prefix: "X", Getenv: env(map[string]string{"X_BRIDGE": "env", "X_VXLAN_PORT": "2", "X_STORE": ""}), File: file}
	origins, err := source.Fill(flags)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"bridge": "flag", "vxlan-port": "2", "store": "file", "audit": "2m0s", "dry": "true", "api": "a,b"}
	if diff := cmp.Diff(want, values(flags)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	from := Origins{"bridge": "flag --bridge", "vxlan-port": "environment X_VXLAN_PORT", "store": file.Path, "audit": file.Path, "dry": file.Path, "api": file.Path}
	if diff := cmp.Diff(from, origins); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFillWithNothing(t *testing.T) {
	flags := newFlags()
	origins, err := Source{}.Fill(flags)
	if err != nil || origins["bridge"] != Default || len(origins) != 6 {
		t.Errorf("%v, %v", origins, err)
	}
	if diff := cmp.Diff(values(newFlags()), values(flags)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWrongValues(t *testing.T) {
	for content, want := range map[string][]string{
		"bridge = 5":                       {`bridge has a value of another type: write it as bridge = "br0"`},
		"bridge = true":                    {"bridge has a value of another type"},
		"bridge = ['a']":                   {"bridge has a value of another type"},
		"bridge = 2026-01-01":              {"bridge has a value of another type"},
		"[bridge]\nname = 'x'":             {"bridge has a value of another type"},
		"[sotre]\nurl = 'x'":               {`[sotre]: the file has no sections`},
		"audit = 60":                       {`audit has a value of another type: write it as audit = "1m0s"`},
		"audit = 'often'":                  {`audit = "often": time: invalid duration`},
		"vxlan-port = true":                {"vxlan-port has a value of another type: write it as vxlan-port = 4999"},
		"vxlan-port = 1.5":                 {`vxlan-port = "1.5": `},
		"vxlan-port = ''":                  {`vxlan-port = "": `},
		"api = [1]":                        {`api: a list of texts without commas: api = ["…", "…"]`},
		"api = ['a,b']":                    {"a list of texts without commas"},
		"api = 'a,b'":                      nil,
		"api = []":                         nil,
		"api = 1":                          {"api has a value of another type"},
		"dry = 1":                          {"dry has a value of another type: write it as dry = false"},
		"nothing_of_the_kind = 1":          {"there is no key nothing_of_the_kind\n"},
		"brigde = 1\nvxlan_port = 1":       {"no key brigde; did you mean bridge?\n", "no key vxlan_port; did you mean vxlan-port?\n"},
		"brigde = 1\nvxlan-port = 'many'":  {"no key brigde", `vxlan-port = "many": `},
		"help = true":                      {"there is no key help\n"},
		"'' = 1":                           {"there is no key \n"},
		"bridge = 'a'\nstore = 'x' # good": nil,
	} {
		file, err := read(t, content)
		if err != nil {
			t.Errorf("%s: %v", content, err)
			continue
		}
		_, err = Source{File: file}.Fill(newFlags())
		if (err != nil) != (want != nil) {
			t.Errorf("%s: %v", content, err)
		}
		for _, part := range want {
			if !strings.Contains(err.Error()+"\n", part) || !strings.Contains(err.Error(), file.Path+": ") {
				t.Errorf("%s: %v, want %s", content, err, part)
			}
		}
	}
}

func TestWrongEnvironment(t *testing.T) {
	source := Source{Prefix: "X", Getenv: env(map[string]string{"X_AUDIT": "often"})}
	_, err := source.Fill(newFlags())
	if want := `the environment variable X_AUDIT: audit = "often": `; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestUnreadableFiles(t *testing.T) {
	for content, want := range map[string]string{
		"bridge = [":                         "line 1, column ",
		"a = 1\nstore = etcd://u:secret@x":   "line 2, column ",
		"bridge = 'a'\nbridge = 'b'":         "line 2, column ",
		"\x00":                               "line 1, column ",
		"bridge = \"\xff\"":                  "line 1, column ",
		"store = 'zk://u:secret@x\nbridge=1": "line 1, column ",
	} {
		_, err := read(t, content)
		if err == nil || !strings.Contains(err.Error(), "vlcp.toml: "+want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want %s", content, err, want)
		}
	}
	if file, err := Read(filepath.Join(t.TempDir(), "none")); file != nil || err != nil {
		t.Errorf("a file that is not there: %v, %v", file, err)
	}
	if _, err := Read(t.TempDir()); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
}

func TestDidYouMean(t *testing.T) {
	names := []string{"api", "bridge", "store"}
	for given, want := range map[string]string{
		"brigde": "; did you mean bridge?", "stores": "; did you mean store?", "ap": "; did you mean api?",
		"loglevel": "", "": "", "x": "",
	} {
		if got := DidYouMean(given, names); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

func TestRedact(t *testing.T) {
	for value, want := range map[string]string{
		"etcd://u:p@a:2379,b:2379/vlcp?ca=x": "etcd://u:xxxxx@a:2379,b:2379/vlcp?ca=x",
		"zk://u:a/b@c@h/vlcp":                "zk://u:xxxxx@h/vlcp", // what should have been escaped
		"zk://u:p?a#@h":                      "zk://u:xxxxx@h",
		"zk://:p@h":                          "zk://:xxxxx@h",
		"consul://h/vlcp?token=t&ca=x":       "consul://h/vlcp?token=xxxxx&ca=x",
		"consul://h/vlcp?token-file=/t":      "consul://h/vlcp?token-file=/t",
		"etcd://u@h?password-file=/p":        "etcd://u@h?password-file=/p",
		"etcd://a:2379":                      "etcd://a:2379",
		"bolt:///var/lib/vlcp/vlcp.db":       "bolt:///var/lib/vlcp/vlcp.db",
		"127.0.0.1:8081":                     "127.0.0.1:8081",
		"fd00::1":                            "fd00::1",
	} {
		if got := Redact(value); got != want {
			t.Errorf("%s: %s, want %s", value, got, want)
		}
	}
}
