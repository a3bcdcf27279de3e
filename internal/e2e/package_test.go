package e2e

import (
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
)

// TestPackage takes the .deb through its life on a host with systemd, where the
// distribution's own units start Open vSwitch and Docker.
func TestPackage(t *testing.T) {
	first, second := packages(t, "1.0.0"), packages(t, "1.0.1")
	h := newSystemdHost(t)
	for _, kind := range []string{"deb", "rpm"} {
		h.put(filepath.Join(first, "*."+kind), "/run/lab/first."+kind)
		h.put(filepath.Join(second, "*."+kind), "/run/lab/second."+kind)
	}

	h.sd("dpkg -i /run/lab/first.deb")
	h.sd("systemctl start docker")
	check(t, h.ImportImage(h.ctx))
	t.Run("installed", func(t *testing.T) { h.in(t).installed() })
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.start("c1", "--network n1 --restart always")
	h.start("c2", "--network n1 --restart always")
	h.reach("c1", "10.1.0.3")
	for _, part := range []struct {
		name string
		test func(*systemdHost)
	}{
		{"upgrade", (*systemdHost).upgrade},
		{"crash", (*systemdHost).crash},
		{"socket", (*systemdHost).startedByItsSocket},
		{"boot", (*systemdHost).reboot},
		{"remove", (*systemdHost).remove},
		{"rpm", (*systemdHost).rpm},
		{"make install", (*systemdHost).makeInstall},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(h.in(t)) })
	}
	// What systemd takes from the service was not needed.
	h.equal("denials in the journal", h.sd("journalctl --no-pager --output=cat --unit=vlcp | grep -iE 'not permitted|permission denied|not supported' || true"), "")
}

// packages builds the packages of a version into a directory.
func packages(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	command(t, repository(t), "make", "packages", "VERSION="+version, "PACKAGES="+dir)
	return dir
}

// systemdHost is a host with systemd.
type systemdHost struct {
	*host
	systemd *testlab.Systemd
}

func newSystemdHost(t *testing.T) *systemdHost {
	t.Helper()
	for _, needed := range []string{"openvswitch-switch", "docker.io", "containerd"} {
		if err := exec.Command("dpkg", "--status", needed).Run(); err != nil {
			t.Skipf("not run: Debian's package %s is not installed: %v", needed, err)
		}
	}
	plain := bareHost(t)
	s, err := plain.StartSystemd(plain.ctx)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("not run: %v", err)
	}
	check(t, err)
	h := &systemdHost{host: plain, systemd: s}
	// Most of the time of its start goes into the part for Kubernetes.
	h.run("mkdir -p /etc/containerd && echo 'disabled_plugins = [\"io.containerd.grpc.v1.cri\"]' >/etc/containerd/config.toml")
	h.sd("systemctl enable --now openvswitch-switch && systemctl enable containerd docker.socket docker")
	return h
}

func (h *systemdHost) in(t *testing.T) *systemdHost {
	return &systemdHost{host: h.host.in(t), systemd: h.systemd}
}

// sd runs a shell command line where systemd runs.
func (h *systemdHost) sd(line string) string {
	h.t.Helper()
	out, err := h.systemd.Run(h.ctx, "sh", "-c", line)
	if err != nil {
		journal, _ := h.systemd.Run(h.ctx, "journalctl", "--no-pager", "--lines=60", "--unit=vlcp*", "--unit=docker", "--unit=ovs*")
		h.t.Fatalf("%v\n%s\n%s", err, out, journal)
	}
	return strings.TrimSpace(out)
}

// put copies the one file of the machine that a pattern matches to the host.
func (h *systemdHost) put(pattern, to string) {
	h.t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) != 1 {
		h.t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	raw, err := os.ReadFile(found[0])
	check(h.t, err)
	check(h.t, os.WriteFile(h.Path(to), raw, 0o644))
}

// manPages are those that make wrote, at least for the verbs on objects.
func manPages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(repository(t), "bin/man/*.1.gz"))
	check(t, err)
	if len(pages) < 30 {
		t.Fatalf("manual pages: %v", pages)
	}
	return pages
}

// property is a property of a unit.
func (h *systemdHost) property(unit, name string) string {
	h.t.Helper()
	return h.sd("systemctl show --value --property " + name + " " + unit)
}

func (h *systemdHost) installed() {
	h.equal("units", h.sd("systemctl is-enabled vlcp.service vlcp.socket; systemctl is-active vlcp.service vlcp.socket"), "enabled\nenabled\nactive\nactive")
	h.equal("mode of the configuration", h.sd("stat -c %a /etc/vlcp.toml"), "600")
	h.equal("mode of the socket", h.sd("stat -c %a /run/docker/plugins/vlcp.sock"), "660")
	h.sd("curl -sf http://localhost:8081/v1/networks && curl -sf --unix-socket /run/vlcp/vlcp.sock http://localhost/v1/networks")
	h.equal("manual pages", h.sd("dpkg-deb --fsys-tarfile /run/lab/first.deb | tar -t | grep -c '^./usr/share/man/man1/vlcp.*[.]1[.]gz$'"), strconv.Itoa(len(manPages(h.t))))
	pid := h.property("vlcp.service", "MainPID")
	docker := h.property("docker.service", "MainPID")
	for _, kind := range []string{"net", "mnt"} {
		h.equal("namespace "+kind, h.sd("readlink /proc/"+pid+"/ns/"+kind), h.sd("readlink /proc/"+docker+"/ns/"+kind))
	}
	if out := h.sd("systemd-analyze security --no-pager vlcp.service | tail -1"); !regexp.MustCompile(`vlcp.service: [0-5]\.\d`).MatchString(out) {
		h.t.Errorf("hardening: %s", out)
	}
}

// upgrade replaces the package while packages flow: none is lost, no flow is
// written again, and what the administrator wrote stays.
func (h *systemdHost) upgrade() {
	h.sd("echo '# mine' >>/etc/vlcp.toml")
	before, flows := h.property("vlcp.service", "MainPID"), h.packets()
	ping, err := h.StartPing(h.ctx, "c1", netip.MustParseAddr("10.1.0.3"), 5*time.Millisecond)
	check(h.t, err)
	h.sd("dpkg -i /run/lab/second.deb")
	h.docker("run --rm --network n1 busybox probe ping -c 1 10.1.0.2") // the new agent is at work
	stats, err := ping.Stop()
	check(h.t, err)
	if stats.Lost > 0 {
		h.t.Errorf("packets lost during the upgrade: %+v", stats)
	}
	for flow, count := range h.packets() {
		if count < flows[flow] {
			h.t.Errorf("flow %s was written again: its counter went from %d to %d", flow, flows[flow], count)
		}
	}
	after := h.property("vlcp.service", "MainPID")
	if after == before {
		h.t.Error("the agent was not restarted")
	}
	h.equal("program that runs", h.sd("readlink /proc/"+after+"/exe"), "/usr/bin/vlcp")
	h.equal("configuration", h.sd("tail -1 /etc/vlcp.toml; stat -c %a /etc/vlcp.toml"), "# mine\n600")
	h.equal("version", h.sd("dpkg-query --show --showformat '${Version}' vlcp"), "1.0.1")
}

// crash has systemd start the agent again.
func (h *systemdHost) crash() {
	before := h.property("vlcp.service", "MainPID")
	h.sd("kill -9 " + before)
	h.eventually("the agent runs again", func() bool {
		pid := h.property("vlcp.service", "MainPID")
		return pid != before && pid != "0" && h.property("vlcp.service", "ActiveState") == "active"
	})
	h.reach("c1", "10.1.0.3")
}

// startedByItsSocket stops the service: Docker's next call starts it.
func (h *systemdHost) startedByItsSocket() {
	h.sd("systemctl stop vlcp.service")
	h.docker("run --rm --network n1 busybox probe ping -c 1 10.1.0.2")
	h.equal("state", h.property("vlcp.service", "ActiveState"), "active")
}

// reboot stops everything and has systemd start it as at a boot: in the order
// that brings the containers back with their network.
func (h *systemdHost) reboot() {
	h.sd("systemctl stop docker.socket docker vlcp.socket vlcp openvswitch-switch ovs-vswitchd ovsdb-server")
	h.sd("systemctl start multi-user.target sockets.target")
	started := func(unit string) string { return h.property(unit, "ActiveEnterTimestampMonotonic") }
	if ovs, vlcp, docker := started("openvswitch-switch"), started("vlcp"), started("docker"); !(ovs < vlcp && vlcp < docker) {
		h.t.Errorf("started at: Open vSwitch %s, vlcp %s, Docker %s", ovs, vlcp, docker)
	}
	h.equal("failed units", h.sd("systemctl list-units --failed --plain --no-legend"), "")
	h.eventually("both containers run", func() bool { return len(strings.Fields(h.docker("ps -q"))) == 2 })
	h.reach("c1", "10.1.0.3")
}

// remove removes the package, and then its configuration and data.
func (h *systemdHost) remove() {
	h.docker("rm -f c1 c2")
	h.docker("network rm n1")
	h.sd("dpkg -r vlcp")
	h.equal("after -r", h.sd("ls /usr/bin/vlcp /lib/systemd/system/vlcp.* /run/docker/plugins/vlcp.sock /etc/vlcp.toml /var/lib/vlcp 2>/dev/null || true"), "/etc/vlcp.toml\n\n/var/lib/vlcp:\nvlcp.db")
	h.equal("processes", h.sd("pgrep -x vlcp || true"), "")
	h.sd("dpkg -P vlcp")
	h.equal("after -P", h.sd("ls -d /etc/vlcp* /var/lib/vlcp 2>/dev/null || true; find /etc/systemd -name '*vlcp*'"), "")
	h.equal("failed units", h.sd("systemctl list-units --failed --plain --no-legend"), "")
}

// rpm takes the .rpm through its life, with Fedora's presets. What Fedora names
// its packages can't be asked here.
func (h *systemdHost) rpm() {
	if _, err := exec.LookPath("rpm"); err != nil {
		h.t.Skip("not run: rpm is missing")
	}
	h.equal("requirements", h.sd("rpm -qp --requires --recommends /run/lab/first.rpm"), "openvswitch >= 2.13\nsystemd\n(moby-engine or docker-ce)\nbash-completion")
	h.equal("manual pages", h.sd("rpm -qpl /run/lab/first.rpm | grep -c '^/usr/share/man/man1/vlcp.*[.]1[.]gz$'"), strconv.Itoa(len(manPages(h.t))))
	h.sd("mkdir -p /etc/systemd/system-preset && echo 'disable *' >/etc/systemd/system-preset/99-default-disable.preset")
	h.sd("rpm --nodeps -i /run/lab/first.rpm")
	h.equal("after -i", h.sd("systemctl is-enabled vlcp.service vlcp.socket; systemctl is-active vlcp.service; stat -c %a /etc/vlcp.toml"), "disabled\ndisabled\ninactive\n600")
	h.sd("systemctl enable --now vlcp.socket vlcp.service && echo '# mine' >>/etc/vlcp.toml")
	before := h.property("vlcp.service", "MainPID")
	h.sd("rpm --nodeps -U /run/lab/second.rpm")
	h.equal("after -U", h.sd("systemctl is-enabled vlcp.service; systemctl is-active vlcp.service; tail -1 /etc/vlcp.toml"), "enabled\nactive\n# mine")
	if h.property("vlcp.service", "MainPID") == before {
		h.t.Error("the agent was not restarted")
	}
	h.sd("rpm -e vlcp")
	h.equal("after -e", h.sd("ls /usr/bin/vlcp /run/docker/plugins/vlcp.sock /etc/vlcp* 2>/dev/null; pgrep -x vlcp; find /etc/systemd -name 'vlcp*'"), "/etc/vlcp.toml.rpmsave")
}

// makeInstall does what `make install` and README do.
func (h *systemdHost) makeInstall() {
	root := h.t.TempDir()
	command(h.t, repository(h.t), "make", "--assume-old=extras", "install", "DESTDIR="+root)
	command(h.t, root, "tar", "-cf", "install.tar", "usr", "lib", "etc")
	h.put(filepath.Join(root, "install.tar"), "/run/lab/install.tar")
	h.sd("tar -C / --keep-directory-symlink -xf /run/lab/install.tar")
	h.sd("systemctl daemon-reload && systemctl enable --now vlcp.socket vlcp.service")
	h.docker(create + "--subnet 10.1.0.0/24 n1")
	h.docker("run --rm --network n1 busybox true")
	h.equal("mode of the configuration", h.sd("stat -c %a /etc/vlcp.toml"), "600")
	h.equal("manual page", h.sd("zcat /usr/share/man/man1/vlcp-network-create.1.gz | grep '^[.]TH' | cut -d' ' -f2"), `"VLCP-NETWORK-CREATE"`)
	h.sd("bash -c '. /usr/share/bash-completion/completions/vlcp && complete -p vlcp'")
}
