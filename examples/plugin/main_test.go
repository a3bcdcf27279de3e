package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// asProgram is the environment variable with which the test binary is vlcp.
const asProgram = "BE_VLCP"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// program is vlcp with these arguments.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = []string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "GORACE=atexit_sleep_ms=0"}
	return cmd
}

func TestVerbs(t *testing.T) {
	for _, tt := range []struct {
		args           string
		stdout, stderr string // regular expressions
		failed         bool
	}{
		{args: "version", stdout: `^vlcp \S+\n$`},
		{args: "help", stdout: `(?s)^vlcp gives Docker.*serve .*version`},
		{args: "-h", stdout: `(?s)^vlcp gives Docker.*serve .*version`},
		{args: "--help", stdout: `(?s)^vlcp gives Docker.*serve .*version`},
		{args: "serve -h", stdout: `(?s)^Run the agent.*--vxlan-port`},
		{args: "serve --api 0.0.0.0:1 -h", stdout: `(?s)^Run the agent.*--vxlan-port`},
		{args: "--api 0.0.0.0:1 -h", stdout: `(?s)^Run the agent.*--vxlan-port`},
		{args: "nosuch", stderr: `^vlcp: unknown command "nosuch" for "vlcp"\n$`, failed: true},
		{args: "srve", stderr: `(?s)^vlcp: unknown command "srve" for "vlcp".*serve`, failed: true},
		{args: "--brigde br0", stderr: `^vlcp: unknown flag: --brigde; did you mean bridge\? \(see vlcp serve --help\)\n$`, failed: true},
		{args: "-socket /run/x", stderr: `^vlcp: flags begin with two dashes: --socket\n$`, failed: true},
		{args: "serve now", stderr: `^vlcp: unknown command "now" for "vlcp serve"\n$`, failed: true},
		{args: "--store oracle://u:secret@x", stderr: `^vlcp: store oracle:…: use bolt:///path/of/a/file, zk://.*, etcd://.*, consul://.* or memory:\n$`, failed: true},
		{args: "--store bolt://relative.db", stderr: `^vlcp: store bolt:…: use bolt:///`, failed: true},
		{args: "--store memory: --bridge a/b", stderr: `^vlcp: open a/b`, failed: true},
	} {
		var stdout, stderr strings.Builder
		cmd := program(t, strings.Fields(tt.args)...)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		if (err != nil) != tt.failed || !matches(tt.stdout, stdout.String()) || !matches(tt.stderr, stderr.String()) {
			t.Errorf("vlcp %s: %v\nstdout %s\nstderr %s", tt.args, err, &stdout, &stderr)
		}
	}
}

// matches tells whether text matches a pattern; "" is for nothing.
func matches(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	return regexp.MustCompile(pattern).MatchString(text)
}

// file writes a configuration file.
func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "vlcp.toml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// setting is what vlcp config show tells of a key.
type setting struct{ Key, Value, From string }

// show is vlcp config show, by key.
func show(t *testing.T, env []string, args ...string) map[string]setting {
	t.Helper()
	cmd := program(t, append([]string{"config", "show", "-o", "json"}, args...)...)
	cmd.Env = append(cmd.Env, env...)
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	var all []setting
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	byKey := map[string]setting{}
	for _, s := range all {
		byKey[s.Key] = s
	}
	return byKey
}

func TestPrecedence(t *testing.T) {
	name := file(t, "bridge = \"file\"\napi = \"127.0.0.1:1\"\nstore = \"bolt:///file\"\nvxlan-port = 1\ntunnel-ip = \"fd00::1\"\npool6 = \"fd00::/48\"\n")
	env := []string{"VLCP_BRIDGE=env", "VLCP_API=127.0.0.1:2", "VLCP_VXLAN_PORT=2", "VLCP_LOG_LEVEL=debug", "VLCP_STORE="}
	got := show(t, env, "--config", name, "--bridge=flag", "--socket", "flag", "--pool4", "192.168.0.0/16")
	for _, want := range []setting{
		{"bridge", "flag", "flag --bridge"}, {"socket", "flag", "flag --socket"}, {"pool4", "192.168.0.0/16", "flag --pool4"},
		{"api", "127.0.0.1:2", "environment VLCP_API"}, {"vxlan-port", "2", "environment VLCP_VXLAN_PORT"}, {"log-level", "DEBUG", "environment VLCP_LOG_LEVEL"},
		{"store", "bolt:///file", name}, {"tunnel-ip", "fd00::1", name}, {"pool6", "fd00::/48", name},
		{"switch", "ovsdb", "default"}, {"ovs-database", "/var/run/openvswitch/db.sock", "default"}, {"docker-certs", "", "default"}, {"audit", "1m0s", "default"},
	} {
		if got[want.Key] != want {
			t.Errorf("%v, want %v", got[want.Key], want)
		}
	}
	if got := show(t, []string{"VLCP_CONFIG=" + name})["store"]; got.From != name {
		t.Errorf("by VLCP_CONFIG: %v", got)
	}
}

func TestConfigurationRefused(t *testing.T) {
	for _, tt := range []struct {
		flags, config, want string
	}{
		{config: "brigde = \"br0\"", want: `vlcp.toml: there is no key brigde; did you mean bridge?`},
		{config: "vxlan-port = 70000", want: "vxlan-port 70000: a UDP port is 1 to 65535"},
		{config: "vxlan-port = 0", want: "vxlan-port 0: a UDP port is 1 to 65535"},
		{config: "switch = \"magic\"", want: `vlcp.toml: switch = "magic": use ovsdb or vsctl`},
		{config: "default-gateway = \"never\"", want: `vlcp.toml: default-gateway = "never": use auto or always`},
		{flags: "--datapath=fast", want: `invalid argument "fast" for "--datapath" flag: use auto or system or netdev (see vlcp config check --help)`},
		{flags: "--vxlan-port=-1", want: `invalid argument "-1" for "--vxlan-port" flag`},
		{flags: "--audit=-1m", want: "audit -1m0s: at least 1s"},
		{flags: "--tunnel-ip=1.2.3", want: `invalid argument "1.2.3" for "--tunnel-ip"`},
		{flags: "--pool4=10.0.0.0", want: `invalid argument "10.0.0.0" for "--pool4"`},
		{flags: "--log-level=loud", want: `invalid argument "loud" for "--log-level"`},
		{flags: "--config=/nonexistent/vlcp.toml", want: "there is no configuration file /nonexistent/vlcp.toml"},
		{flags: "--api=0.0.0.0:8081", want: "not on loopback: that needs TLS, a certificate with its key, and to know who may call, by tokens or the authorities of their certificates: set api-tls-cert and api-tls-key, and api-tokens or api-client-ca"},
		{config: "api = ['127.0.0.1:8081', '8081']", want: `"8081" is no address`},
		{config: "api = ['0.0.0.0:8081']\napi-tls-cert = '/nowhere'\napi-tls-key = '/nowhere'\napi-tokens = '/nowhere'", want: "certificate: open /nowhere"},
		{flags: "--store=oracle://me:secret@x", want: "store oracle:…: use bolt:///path/of/a/file, "},
		{flags: "--store=etcd://me:secret@x?colour=red", want: `has an unknown setting "colour"`},
		{flags: "--store=zk://me@x?password-file=/nowhere", want: "/nowhere: no such file"},
		{flags: "--store=consul://me:secret@x", want: "no user and no token in a URL"},
		{flags: "--store=etcd://x?ca=/nowhere", want: "/nowhere: no such file"},
		{flags: "--config=/", want: "the configuration file: read /: is a directory"},
	} {
		args := []string{"config", "check", "--config", file(t, tt.config)}
		if tt.flags != "" {
			args = append(args, tt.flags)
		}
		if out, err := program(t, args...).CombinedOutput(); err == nil || !strings.Contains(string(out), tt.want) || strings.Contains(string(out), "secret") {
			t.Errorf("%s %s: %v, %s; want %s", tt.flags, tt.config, err, out, tt.want)
		}
	}
}

// A store that is away is none of the configuration's faults.
func TestConfigurationOfStores(t *testing.T) {
	password := file(t, "secret\n")
	for _, url := range []string{"bolt:///nowhere/vlcp.db", "memory:", "etcd://me@127.0.0.1:1?password-file=" + password, "zk://me@127.0.0.1:1?password-file=" + password, "consul://127.0.0.1:1?token-file=" + password} {
		out, err := program(t, "config", "check", "--config", file(t, ""), "--store", url).CombinedOutput()
		if err != nil || string(out) != "the configuration is right\n" {
			t.Errorf("%s: %v, %s", url, err, out)
		}
	}
	if _, err := os.Stat("/nowhere"); err == nil {
		t.Error("made the file of a store")
	}
}

// What is converted is a configuration.
func TestConvertedConfiguration(t *testing.T) {
	original := file(t, `
module.httpserver.vhost.api.url='tcp://localhost:8082'
module.httpserver.vhost.docker.url='unix:///run/docker/plugins/sdn.sock'
module.jsonrpcserver.url='unix:///run/openvswitch/db.sock'
module.zookeeperdb.url='tcp://127.0.0.1:1,127.0.0.1:2/'
module.dockerplugin.ovsbridge='br"1'
module.dockerplugin.cidrrange='10.128.0.0/9'
module.dockerplugin.iptimeout=60
server.logging.root={'level':'WARNING'}
`)
	raw, err := program(t, "config", "convert", original).Output()
	if err != nil {
		t.Fatal(err)
	}
	got := show(t, nil, "--config", file(t, string(raw)))
	for key, want := range map[string]string{
		"api": "127.0.0.1:8082,unix:///run/vlcp/vlcp.sock", "socket": "/run/docker/plugins/sdn.sock", "ovs-database": "/run/openvswitch/db.sock",
		"store": "zk://127.0.0.1:1,127.0.0.1:2/vlcp", "bridge": `br"1`, "pool4": "10.128.0.0/9", "log-level": "WARN",
	} {
		if got[key].Value != want {
			t.Errorf("%v, want %s", got[key], want)
		}
	}
}

// The configuration file that is installed shows every key with its default.
func TestInstalledConfiguration(t *testing.T) {
	raw, err := os.ReadFile("dist/vlcp.toml")
	if err != nil {
		t.Fatal(err)
	}
	name := file(t, regexp.MustCompile(`(?m)^#([a-z].* = .*)$`).ReplaceAllString(string(raw), "$1"))
	installed := show(t, nil, "--config", name)
	for key, byDefault := range show(t, nil, "--config", file(t, "")) {
		if want := (setting{key, byDefault.Value, name}); installed[key] != want {
			t.Errorf("%v, want %v", installed[key], want)
		}
	}
}

// So does the documentation.
func TestDocumentedConfiguration(t *testing.T) {
	raw, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\| (`[^`]*`)? ?\\|").FindAllStringSubmatch(string(raw), -1) {
		documented[row[1]] = strings.Trim(row[2], "`")
	}
	known := show(t, nil, "--config", file(t, ""))
	for key, s := range known {
		if got, found := documented[key]; !found || got != strings.TrimSuffix(s.Value, "0s") {
			t.Errorf("%s: %q, %v; want %q", key, got, found, s.Value)
		}
	}
	for key := range documented {
		if _, found := known[key]; !found {
			t.Errorf("%s is no key", key)
		}
	}
}

// The program can be copied into another module: without verbs.go it needs what is
// public only, and the wiring is short.
func TestMadeToBeCopied(t *testing.T) {
	wiring := 0
	for _, name := range []string{"main.go", "serve.go", "store.go", "config.go"} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "/vlcp/internal/") {
			t.Errorf("%s imports what is internal", name)
		}
		if name != "config.go" { // which has a line for each key
			wiring += strings.Count(string(raw), "\n")
		}
	}
	if wiring > 150 {
		t.Errorf("the wiring has %d lines; at most 150", wiring)
	}
}
