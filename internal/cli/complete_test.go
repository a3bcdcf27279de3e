package cli

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/network"
)

// Ids are completed by asking the agent; without one there is nothing to complete.
func TestCompletionOfIDs(t *testing.T) {
	address, m := agent(t)
	for _, id := range []string{"blue", "black", "green"} {
		if _, err := m.CreateNetworks(t.Context(), network.Spec{Network: network.Network{ID: id}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"four", "five"} {
		gateway := netip.MustParseAddr(map[string]string{"four": "10.4.0.1", "five": "10.5.0.1"}[id])
		if _, err := m.CreateSubnets(t.Context(), network.Subnet{ID: id, Network: "blue", Prefix: netip.PrefixFrom(gateway, 24), Gateway: gateway}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.CreateRouters(t.Context(), network.Router{ID: "edge"}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.CreateRouterInterfaces(t.Context(), network.RouterInterface{Router: "edge", Subnet: "four"}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VLCP_API", address)
	for line, want := range map[string]string{
		"network show ":                   "black blue green",
		"network show bl":                 "black blue green", // the shell takes those that fit
		"network delete blue ":            "black green",
		"network update blue ":            "",
		"network create ":                 "",
		"port create --network ":          "black blue green",
		"network create --physical ":      "vxlan",
		"physical network create --type ": "vxlan vlan native local",
		"network list -o ":                "table json yaml",
		"network ":                        "create delete list show update",
		"router ":                         "connect create delete disconnect interface list show update",
		"router interface ":               "list show",
		"router connect ":                 "edge",
		"router connect edge ":            "five",
		"router connect edge five ":       "",
		"router disconnect edge ":         "four",
		"router disconnect other ":        "",
		"ho":                              "host",
	} {
		if got := completions(t, line); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
	t.Setenv("VLCP_API", "unix:///nowhere")
	if got := completions(t, "network show "); got != "" {
		t.Errorf("without an agent: %s", got)
	}
}

// completions is what a shell is told; its last line is for the shell itself.
func completions(t *testing.T, line string) string {
	t.Helper()
	stdout, _, err := run(t, fake(), append([]string{"__completeNoDesc"}, strings.Split(line, " ")...)...)
	if err != nil {
		t.Fatal(err)
	}
	offers := strings.Fields(stdout)
	return strings.Join(offers[:len(offers)-1], " ")
}

// shells complete a line, $2, with a script of ours, which is in the file _vlcp of
// the directory $1, and print the word that comes of it.
var shells = map[string]string{
	"bash": `source /usr/share/bash-completion/bash_completion
source "$1/_vlcp"
COMP_WORDS=($2) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=9 COMP_KEY=9
__start_vlcp 2>/dev/null # it says that nobody pressed Tab
echo "${COMPREPLY[@]}"`,
	// In a terminal, whose line is printed on Ctrl-X.
	"zsh": `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($1 \$fpath); autoload -U compinit && compinit -D -u
report() { print -r -- \${\${(z)BUFFER}[-1]} >$1/word; exit }; zle -N report; bindkey '^X' report"
zpty -w -n shell "$2"$'\t\x18'
while zpty -r shell; do :; done >$1/log
cat $1/word`,
	"fish": `source $argv[1]/_vlcp; complete -C $argv[2] | cut -f1`,
}

// Each shell completes a command, and an id that only the agent knows.
func TestShellsComplete(t *testing.T) {
	address, m := agent(t)
	if _, err := m.CreateNetworks(t.Context(), network.Spec{Network: network.Network{ID: "blue"}}, network.Spec{Network: network.Network{ID: "green"}}); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := t.TempDir()
	if err := os.Symlink(self, filepath.Join(path, "vlcp")); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), asProgram+"=1", "VLCP_API="+address, "PATH="+path+":"+os.Getenv("PATH"), "HOME="+t.TempDir(), "GORACE=atexit_sleep_ms=0")
	for shell, complete := range shells {
		t.Run(shell, func(t *testing.T) {
			needShell(t, shell)
			dir := t.TempDir()
			script, _, err := run(t, fake(), "completion", shell)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "_vlcp"), []byte(script), 0o600); err != nil {
				t.Fatal(err)
			}
			for line, want := range map[string]string{"vlcp netw": "network", "vlcp network show bl": "blue"} {
				args := []string{"-c", complete, shell, dir, line}
				if shell == "fish" { // which has no name for its script
					args = []string{"-c", complete, dir, line}
				}
				wantWord(t, want, env, shell, args...)
			}
		})
	}
}

// wantWord wants a shell to print a word. On a machine that is very slow a
// completion may have given up, as it does for the user's sake.
func wantWord(t *testing.T, want string, env []string, shell string, args ...string) {
	t.Helper()
	var said string
	for range 10 {
		cmd := exec.CommandContext(t.Context(), shell, args...)
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		if err == nil && strings.TrimSpace(string(out)) == want {
			return
		}
		said = fmt.Sprintf("%s, %v", out, err)
	}
	t.Errorf("%s: %s; want %s", args[len(args)-1], said, want)
}

// needShell skips a test of a shell that is missing.
func needShell(t *testing.T, shell string) {
	t.Helper()
	_, err := exec.LookPath(shell)
	if shell == "bash" && err == nil {
		_, err = os.Stat("/usr/share/bash-completion/bash_completion")
	}
	if err != nil {
		t.Skipf("not run: %v", err)
	}
}
