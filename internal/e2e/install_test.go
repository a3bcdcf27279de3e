package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstall installs into an empty root, and has systemd verify the units
// there.
func TestInstall(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("not run: systemd-analyze is missing")
	}
	root := t.TempDir()
	command(t, repository(t), "make", "install", "DESTDIR="+root)
	config := filepath.Join(root, "etc/vlcp.toml")
	write(t, config, "# mine\n")
	command(t, repository(t), "make", "install", "DESTDIR="+root)
	if raw, err := os.ReadFile(config); err != nil || string(raw) != "# mine\n" {
		t.Errorf("a second install overwrote the configuration: %q, %v", raw, err)
	}
	if out := command(t, root, filepath.Join(root, "usr/bin/vlcp"), "version"); !strings.HasPrefix(out, "vlcp ") {
		t.Errorf("vlcp version printed %q", out)
	}

	units := filepath.Join(root, "lib/systemd/system")
	targets, err := filepath.Glob("/lib/systemd/system/*.target")
	check(t, err)
	for _, target := range targets {
		copyFile(t, target, filepath.Join(units, filepath.Base(target)))
	}
	if out := command(t, root, "systemd-analyze", "verify", "--root="+root, "vlcp.service", "vlcp.socket"); out != "" {
		t.Errorf("systemd-analyze verify says:\n%s", out)
	}
	command(t, repository(t), "make", "uninstall", "DESTDIR="+root)
	left := command(t, root, "find", ".", "-name", "*vlcp*")
	if left != "./etc/vlcp.toml\n" {
		t.Errorf("uninstall left:\n%s", left)
	}
}

// TestConfiguration checks that the commented configuration is accepted as it
// is and with every comment sign taken away, and that mistakes are named.
func TestConfiguration(t *testing.T) {
	program, err := plugin()
	check(t, err)
	raw, err := os.ReadFile(filepath.Join(repository(t), "examples/plugin/dist/vlcp.toml"))
	check(t, err)
	file := filepath.Join(t.TempDir(), "vlcp.toml")
	for _, c := range []struct{ name, config, says string }{
		{"unknown key", "brigde = \"x\"\n", "brigde"},
		{"bad value", "vxlan-port = \"many\"\n", "vxlan-port"},
		{"port out of range", "vxlan-port = 70000\n", "1 to 65535"},
		{"bad store", "store = \"oracle://x\"\n", "bolt:///"},
		{"scope global in a file of one host", "scope = \"global\"\n", "set store to zk://…, etcd://… or consul://…"},
		{"scope global in memory", "scope = \"global\"\nstore = \"memory:\"\n", "memory: is of this host alone"},
		{"bad switch", "switch = \"magic\"\nstore = \"memory:\"\n", "ovsdb or vsctl"},
		{"all defaults, then a bad API address", uncomment(string(raw)) + "", "loopback"},
	} {
		t.Run(c.name, func(t *testing.T) {
			write(t, file, c.config)
			cmd := exec.Command(program, "--config", file)
			if c.says == "loopback" {
				cmd.Args = append(cmd.Args, "--store", "memory:", "--socket", filepath.Join(t.TempDir(), "vlcp.sock"), "--api", "0.0.0.0:8081")
			}
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), c.says) {
				t.Errorf("%v: printed %q, which does not say %q", err, out, c.says)
			}
		})
	}
}

// uncomment takes the comment sign from the lines that are keys.
func uncomment(config string) string {
	lines := strings.Split(config, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "# ") && line != "#" {
			lines[i] = line[1:]
		}
	}
	return strings.Join(lines, "\n")
}
