package main

import (
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
		{args: "help", stdout: `(?s)^vlcp gives Docker.*-vxlan-port`},
		{args: "-h", stdout: `(?s)^vlcp gives Docker.*-vxlan-port`},
		{args: "--help", stdout: `(?s)^vlcp gives Docker.*-vxlan-port`},
		{args: "serve -h", stdout: `(?s)^vlcp gives Docker.*-vxlan-port`},
		{args: "serve --api 0.0.0.0:1 -h", stdout: `(?s)^vlcp gives Docker.*-vxlan-port`},
		{args: "nosuch", stderr: `^vlcp: "nosuch" is no command \(see vlcp help\)\n$`, failed: true},
		{args: "--brigde br0", stderr: `^vlcp: .*not defined: -brigde \(see vlcp help\)\n$`, failed: true},
		{args: "serve now", stderr: `^vlcp: "now" is no flag \(see vlcp help\)\n$`, failed: true},
		{args: "--store oracle://x", stderr: `^vlcp: store oracle://x: use bolt:///path/of/a/file, zk://.*, etcd://.*, consul://.* or memory:\n$`, failed: true},
		{args: "--store bolt://relative.db", stderr: `^vlcp: store bolt://relative.db: use bolt:///`, failed: true},
		{args: "--store %zz", stderr: `^vlcp: parse "%zz": invalid URL escape`, failed: true},
		{args: "--store memory: --switch magic", stderr: `^vlcp: switch magic: use ovsdb or vsctl\n$`, failed: true},
		{args: "--store memory: --bridge a/b", stderr: `^vlcp: open a/b`, failed: true},
		{args: "--store memory: --datapath fast", stderr: `^vlcp: .*"fast" is none of auto, system and netdev`, failed: true},
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

// set are all settings, as text.
func set(c *config) map[string]string {
	return map[string]string{
		"store": c.store, "switch": c.backend, "ovs-database": c.bridge.Database, "bridge": c.bridge.Name,
		"datapath": c.bridge.Datapath, "default-gateway": c.docker.DefaultGateway, "socket": c.socket, "api": c.api,
		"docker": c.dockerd, "docker-certs": c.dockerCerts,
		"vxlan-port": fmt.Sprint(c.vxlanPort), "tunnel-ip": text(c.agent.TunnelIP), "pool4": text(c.agent.Pool4),
		"pool6": text(c.agent.Pool6), "audit": c.agent.Audit.String(), "log-level": c.level.String(),
	}
}

func text(v interface{ MarshalText() ([]byte, error) }) string {
	raw, _ := v.MarshalText()
	return string(raw)
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

func TestParse(t *testing.T) {
	for name := range set(&config{}) { // of whoever runs the test
		t.Setenv("VLCP_"+strings.ToUpper(strings.ReplaceAll(name, "-", "_")), "")
	}
	config := file(t, "bridge = \"file\"\napi = \"file\"\nstore = \"file\"\nvxlan-port = 1\ntunnel-ip = \"fd00::1\"\npool6 = \"fd00::/48\"\n")
	t.Setenv("VLCP_BRIDGE", "env")
	t.Setenv("VLCP_API", "env")
	t.Setenv("VLCP_VXLAN_PORT", "2")
	t.Setenv("VLCP_LOG_LEVEL", "debug")
	got, err := parse([]string{"--config", config, "--bridge=flag", "-socket", "flag", "--pool4", "192.168.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"bridge": "flag", "socket": "flag", "pool4": "192.168.0.0/16",
		"api": "env", "vxlan-port": "2", "log-level": "DEBUG",
		"store": "file", "tunnel-ip": "fd00::1", "pool6": "fd00::/48",
		"switch": "ovsdb", "ovs-database": "/var/run/openvswitch/db.sock", "datapath": "auto", "default-gateway": "auto",
		"docker": "unix:///var/run/docker.sock", "docker-certs": "", "audit": "1m0s",
	}
	if diff := cmp.Diff(want, set(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	t.Setenv("VLCP_CONFIG", config)
	if got, err = parse(nil); err != nil || got.store != "file" {
		t.Errorf("by VLCP_CONFIG: %v, %v", got.store, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct {
		flags, config, want string
	}{
		{config: "brigde = \"br0\"", want: `config file flag "brigde" not defined`},
		{config: "bridge = [", want: "error parsing TOML config: (1, "},
		{config: "vxlan-port = \"many\"", want: `error setting flag "vxlan-port" from config file`},
		{config: "vxlan-port = 70000", want: "vxlan-port 70000: a UDP port is 1 to 65535"},
		{flags: "--vxlan-port=0", want: "vxlan-port 0: a UDP port is 1 to 65535"},
		{flags: "--vxlan-port=-1", want: "vxlan-port"},
		{flags: "--audit=-1m", want: "audit -1m0s: at least 1s"},
		{flags: "--audit=often", want: "audit"},
		{flags: "--tunnel-ip=1.2.3", want: `invalid value "1.2.3" for flag -tunnel-ip`},
		{flags: "--pool4=10.0.0.0", want: `invalid value "10.0.0.0" for flag -pool4`},
		{flags: "--log-level=loud", want: `invalid value "loud" for flag -log-level`},
		{flags: "--scope", want: "not defined: -scope"},
		{flags: "--config=/nonexistent/vlcp.toml", want: "stat /nonexistent/vlcp.toml: no such file or directory"},
		{flags: "--config=/", want: "is a directory"},
	} {
		args := []string{"--config", file(t, tt.config)}
		if tt.flags != "" {
			args = append(args, tt.flags)
		}
		if c, err := parse(args); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %s: %v, %v; want %s", tt.flags, tt.config, c, err, tt.want)
		}
	}
}

// The configuration file that is installed shows every key with its default.
func TestInstalledConfiguration(t *testing.T) {
	raw, err := os.ReadFile("dist/vlcp.toml")
	if err != nil {
		t.Fatal(err)
	}
	keys := regexp.MustCompile(`(?m)^#([a-z].* = .*)$`)
	got, err := parse([]string{"--config", file(t, keys.ReplaceAllString(string(raw), "$1"))})
	if err != nil {
		t.Fatal(err)
	}
	f := flag.NewFlagSet("", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	if diff := cmp.Diff(set(flags(f)), set(got)); diff != "" {
		t.Errorf("(-default +installed)\n%s", diff)
	}
	f.VisitAll(func(f *flag.Flag) {
		if !regexp.MustCompile(`(?m)^#` + f.Name + ` = `).Match(raw) {
			t.Errorf("%s is missing", f.Name)
		}
	})
}

// The program can be copied into another module.
func TestOnlyPublicPackages(t *testing.T) {
	for _, name := range []string{"main.go", "serve.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range parsed.Imports {
			if strings.Contains(i.Path.Value, "/internal/") {
				t.Errorf("%s imports %s", name, i.Path.Value)
			}
		}
	}
}
