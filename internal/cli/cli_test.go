package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/kvstore"
)

// asProgram makes the test program the program that it tests.
const asProgram = "VLCP_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	if err := fake().Run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vlcp:", err)
		os.Exit(1)
	}
}

// fake is a program with a serve that has two flags, and says that it ran.
func fake() Program {
	serve := &cobra.Command{Use: "serve", Short: "Run it", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		store, err := cmd.Flags().GetString("store")
		cmd.Println("served", store)
		return err
	}}
	port := serve.Flags().Uint("vxlan-port", 4999, "the port")
	serve.Flags().String("store", "memory:", "the store")
	return Program{
		Serve: serve,
		Check: func() error {
			if *port == 0 {
				return errors.New("vxlan-port 0: at least 1")
			}
			return nil
		},
		OpenStore: func(context.Context, string, *slog.Logger) (kvstore.Store, error) { return nil, errors.New("no store") },
	}
}

// run runs a command, and answers what it wrote and its error.
func run(t *testing.T, p Program, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs strings.Builder
	c := p.command(args)
	c.SetOut(&out)
	c.SetErr(&errs)
	err = c.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

// check compares what a command wrote.
func check(t *testing.T, want string, args ...string) {
	t.Helper()
	stdout, stderr, err := run(t, fake(), args...)
	if diff := cmp.Diff(want, stdout+stderr); err != nil || diff != "" {
		t.Errorf("vlcp %s: %v (-want +got)\n%s", strings.Join(args, " "), err, diff)
	}
}

// refuse wants an error.
func refuse(t *testing.T, want string, args ...string) {
	t.Helper()
	stdout, _, err := run(t, fake(), args...)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("vlcp %s: %v, %s; want %s", strings.Join(args, " "), err, stdout, want)
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestServeIsTheVerbWithoutOne(t *testing.T) {
	name := file(t, "store = 'file'")
	check(t, "served memory:\n", "--config", file(t, ""))
	check(t, "served x\n", "--config", name, "--store", "x")
	check(t, "served x\n", "--store=x", "--config", name)
	check(t, "served file\n", "--config", name)
	check(t, "served file\n", "serve", "--config", name)
	check(t, "served file\n", "--config", name, "serve")
	t.Setenv("VLCP_CONFIG", name)
	check(t, "served file\n")
	t.Setenv("VLCP_STORE", "env")
	check(t, "served env\n")
}

func TestMistypedCommands(t *testing.T) {
	refuse(t, `unknown command "nosuch" for "vlcp"`, "nosuch")
	refuse(t, "Did you mean this?\n\tserve", "srve")
	refuse(t, `unknown command "now" for "vlcp serve"`, "serve", "now")
	refuse(t, "unknown flag: --stroe; did you mean store? (see vlcp serve --help)", "--stroe", "x")
	refuse(t, "unknown flag: --stroe; did you mean store? (see vlcp config show --help)", "config", "show", "--stroe", "x")
	refuse(t, "flags begin with two dashes: --store", "-store", "x")
	refuse(t, "flags begin with two dashes: --store", "serve", "-store=x")
	refuse(t, "unknown shorthand flag: 'x' in -x (see vlcp serve --help)", "-x")
	refuse(t, "flag needs an argument: --store (see vlcp serve --help)", "--store")
	refuse(t, "an argument is missing: vlcp store copy FROM TO (see vlcp store copy --help)", "store", "copy", "bolt:///x")
	refuse(t, "there is no configuration file /nowhere", "--config", "/nowhere")
	refuse(t, "there is no key stor; did you mean store?", "--config", file(t, "stor = 1"))
	refuse(t, "vxlan-port 0: at least 1", "--config", file(t, "vxlan-port = 0"))
}

func TestConfigCheck(t *testing.T) {
	for _, variable := range os.Environ() { // such as VLCP_SERVERS, which the tests have
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "VLCP_") {
			t.Setenv(name, "")
		}
	}
	t.Setenv("VLCP_STOER", "x")
	t.Setenv("VLCP_VXLAN_PORT", "1")
	check(t, "the configuration is right\nwarning: the environment variable VLCP_STOER belongs to no key\n", "config", "check", "--config", file(t, ""), "--store", "bolt:///nowhere")
	refuse(t, "no store", "config", "check", "--config", file(t, ""))
	refuse(t, "vxlan-port 0", "config", "check", "--vxlan-port", "0", "--config", file(t, ""))
}

func TestConfigShow(t *testing.T) {
	name := file(t, "store = 'etcd://me:secret@h/vlcp?ca=/x&b=1'")
	t.Setenv("VLCP_VXLAN_PORT", "1")
	check(t, `KEY          VALUE                              FROM
store        etcd://me:xxxxx@h/vlcp?ca=/x&b=1   `+name+`
vxlan-port   1                                  environment VLCP_VXLAN_PORT
`, "config", "show", "--config", name)
	check(t, `[
  {
    "key": "store",
    "value": "etcd://me:xxxxx@h/vlcp?ca=/x&b=1",
    "from": "`+name+`"
  },
  {
    "key": "vxlan-port",
    "value": "2",
    "from": "flag --vxlan-port"
  }
]
`, "config", "show", "--config", name, "-o", "json", "--vxlan-port", "2")
	check(t, `- key: store
  value: 'memory:'
  from: default
- key: vxlan-port
  value: "1"
  from: environment VLCP_VXLAN_PORT
`, "config", "show", "--config", file(t, ""), "-o", "yaml")
	refuse(t, "-o xml: use table, json or yaml", "config", "show", "-o", "xml", "--config", name)
	// What is wrong is shown too.
	stdout, _, err := run(t, fake(), "config", "show", "--config", name, "--vxlan-port", "0")
	if err == nil || !strings.Contains(stdout, "vxlan-port   0") {
		t.Errorf("%s, %v", stdout, err)
	}
}

func TestConfigConvert(t *testing.T) {
	name := file(t, "module.zookeeperdb.url='tcp://a/'\nmodule.redisdb.url='x'\n")
	const want = "# module.zookeeperdb.url\nstore = 'zk://a/vlcp'\n\n# These have no counterpart:\n#   line 2, module.redisdb.url: Redis is no store here: use ZooKeeper, etcd or Consul\n" +
		"no counterpart: line 2, module.redisdb.url: Redis is no store here: use ZooKeeper, etcd or Consul\n"
	check(t, want, "config", "convert", name)
	refuse(t, "file: line 1: a: ", "config", "convert", file(t, "a=[1"))
	refuse(t, "no such file", "config", "convert", "/nowhere")
	refuse(t, "an argument is missing: vlcp config convert FILE", "config", "convert")
}

func TestStoreCopyHelpsItself(t *testing.T) {
	refuse(t, "the same store", "store", "copy", "zk://a", "zk://a")
	refuse(t, "there is no store /nowhere", "store", "copy", "bolt:///nowhere", "zk://a")
	refuse(t, "no store", "store", "copy", "zk://a", "zk://b")
	refuse(t, "memory:", "store", "copy", "memory:", "zk://b")
}
