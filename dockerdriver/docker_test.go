package dockerdriver_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
	"github.com/vlcp-go/vlcp/internal/testlab"
	"github.com/vlcp-go/vlcp/internal/testlab/labtest"
	"github.com/vlcp-go/vlcp/network"
)

// linked is a Fake whose interfaces are veth pairs of a host: Docker can move
// one end, and no packet goes anywhere.
type linked struct {
	*drivertest.Fake
	host *testlab.Host
}

func (l linked) Plug(ctx context.Context, p network.Plug) (network.Attachment, error) {
	att, err := l.Fake.Plug(ctx, p)
	if err == nil {
		_, err = l.host.Run(ctx, "ip", "link", "add", att.Device, "address", att.Port.MAC, "mtu", fmt.Sprint(att.Network.MTU),
			"type", "veth", "peer", "name", att.Device+"-tap")
	}
	return att, err
}

func (l linked) Unplug(ctx context.Context, port string) error {
	if att, err := l.Fake.Ready(ctx, port); err == nil {
		// In a container that is gone it went too.
		_, _ = l.host.Run(ctx, "ip", "link", "delete", att.Device+"-tap")
	}
	return l.Fake.Unplug(ctx, port)
}

// dockerVariable names a directory with the programs of another Docker than
// the system's: dockerd, containerd and what they start.
const dockerVariable = "VLCP_TEST_DOCKER"

// TestDocker has a real dockerd use the plugin.
func TestDocker(t *testing.T) {
	if testing.Short() {
		t.Skip("starts dockerd")
	}
	lab := labtest.New(t, testlab.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	host, err := lab.Host(ctx, testlab.HostConfig{Name: "h1", BinDir: os.Getenv(dockerVariable)})
	if err != nil {
		t.Fatal(err)
	}
	d := &realDocker{T: t, ctx: ctx, host: host, fake: drivertest.NewFake(t), plugin: new(plugin)}
	d.startPlugin()
	defer d.stopPlugin()
	if err := host.StartDocker(ctx); err != nil {
		t.Fatal(err)
	}
	if err := host.ImportImage(ctx); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		test func(*realDocker)
	}{
		{"Guide", dockerGuide},
		{"OwnGateway", dockerOwnGateway},
		{"Options", dockerOptions},
		{"Internal", dockerInternal},
		{"BothFamilies", dockerBothFamilies},
		{"OtherIPAM", dockerOtherIPAM},
		{"SameSubnet", dockerSameSubnet},
		{"Attach", dockerAttach},
		{"Restart", dockerRestart},
		{"Refused", dockerRefused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := *d
			d.T = t
			tt.test(&d)
			d.nothingLeft()
		})
	}
}

// realDocker is a test with a dockerd and the plugin; its methods fail the
// test.
type realDocker struct {
	*testing.T
	ctx  context.Context
	host *testlab.Host
	fake *drivertest.Fake
	*plugin
}

// plugin is the plugin that runs.
type plugin struct{ stop func() error }

func (d *realDocker) startPlugin() {
	s := newServer(d.fake)
	s.Driver = linked{d.fake, d.host}
	d.stop = start(d.T, s, d.host.Path("/run/docker/plugins/vlcp.sock"))
}

func (d *realDocker) stopPlugin() {
	if err := d.stop(); err != nil {
		d.Error(err)
	}
}

func (d *realDocker) docker(args ...string) string {
	d.Helper()
	out, err := d.host.Docker(d.ctx, args...)
	if err != nil {
		d.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// create makes a network of ours.
func (d *realDocker) create(args ...string) string {
	d.Helper()
	return d.docker(append([]string{"network", "create", "-d", "vlcp"}, args...)...)
}

// run runs a container for the length of the test.
func (d *realDocker) run(name, network string, args ...string) {
	d.Helper()
	d.docker(append(append([]string{"run", "-d", "--init", "--name", name, "--network", network}, args...), testlab.Image)...)
}

// ip is what ip(8) says in a container.
func (d *realDocker) ip(container string, args ...string) string {
	d.Helper()
	out, err := d.host.Exec(d.ctx, container, append([]string{"ip"}, args...)...)
	if err != nil {
		d.Fatal(err)
	}
	return out
}

func (d *realDocker) has(what, text string, parts ...string) {
	d.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			d.Errorf("%s lacks %q:\n%s", what, p, text)
		}
	}
}

func (d *realDocker) lacks(what, text, part string) {
	d.Helper()
	if strings.Contains(text, part) {
		d.Errorf("%s has %q:\n%s", what, part, text)
	}
}

// remove removes containers, and then networks.
func (d *realDocker) remove(containers, networks []string) {
	d.Helper()
	if len(containers) > 0 {
		d.docker(append([]string{"rm", "-f"}, containers...)...)
	}
	d.docker(append([]string{"network", "rm"}, networks...)...)
}

// nothingLeft looks for what Docker removed and the model still has.
func (d *realDocker) nothingLeft() {
	d.Helper()
	checkNothingLeft(d.T, d.fake.Store)
	links, err := d.host.Run(d.ctx, "ip", "-o", "link")
	if err != nil {
		d.Fatal(err)
	}
	d.lacks("the host", links, "-tap")
}

func dockerGuide(d *realDocker) {
	id := d.create("-o", "mtu=1400", "--ipam-driver", "vlcp", "--subnet", "192.168.1.0/24", "--gateway", "192.168.1.1",
		"--aux-address", "reserved=192.168.1.2", "n1")
	d.run("c1", "n1")
	d.run("c2", "n1", "--ip", "192.168.1.78", "--mac-address", "02:11:22:33:44:66")
	d.has("the route", d.ip("c1", "route"), "default via 192.168.1.1", "192.168.1.0/24 dev eth0 scope link  src 192.168.1.3")
	d.has("eth0", d.ip("c1", "link", "show", "eth0"), "mtu 1400")
	d.has("eth0", d.ip("c2", "addr", "show", "eth0"), "192.168.1.78/24", "02:11:22:33:44:66")
	ports, err := d.fake.Ports(d.ctx, "docker-"+id+"-lognet")
	if err != nil || len(ports) != 2 {
		d.Errorf("ports: %v, %v", ports, err)
	}
	mac := d.docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.MacAddress}}{{end}}", "c1")
	d.has("eth0", d.ip("c1", "link", "show", "eth0"), "link/ether "+mac)
	d.docker("network", "disconnect", "n1", "c1")
	d.docker("network", "connect", "--ip", "192.168.1.79", "n1", "c1")
	d.has("eth0", d.ip("c1", "addr"), "192.168.1.79/24")
	d.docker("stop", "c2")
	d.docker("start", "c2")
	d.has("eth0", d.ip("c2", "addr", "show", "eth0"), "192.168.1.78/24")
	d.remove([]string{"c1", "c2"}, []string{"n1"})
}

// Without --gateway the way out is docker_gwbridge, as with overlay.
func dockerOwnGateway(d *realDocker) {
	d.create("--ipam-driver", "vlcp", "n1")
	d.run("c1", "n1", "-p", "8080:80")
	routes := d.ip("c1", "route")
	d.has("the route", routes, "default via 172.", "dev eth1")
	d.lacks("the route", routes, "default via 10.")
	d.has("docker port", d.docker("port", "c1"), "8080")
	d.remove([]string{"c1"}, []string{"n1"})
}

func dockerOptions(d *realDocker) {
	d.create("--ipam-driver", "vlcp", "--subnet", "192.168.1.0/24", "--gateway", "192.168.1.1", "--ip-range", "192.168.1.128/25",
		"-o", "subnet:disablegateway=`True`", "-o", "subnet:allocated_end=192.168.1.200", "-o", "color=red",
		"-o", `subnet:host_routes=[["10.1.2.3/16","192.168.1.254"],["10.2.0.0/16","0.0.0.0"],["10.3.0.0/16","192.168.1.128"]]`, "n1")
	d.run("c1", "n1")
	routes := d.ip("c1", "route")
	d.has("the route", routes, "default via 172.", "10.1.0.0/16 via 192.168.1.254", "10.2.0.0/16 dev eth0", "src 192.168.1.128")
	d.lacks("the route", routes, "10.3.0.0/16")
	d.remove([]string{"c1"}, []string{"n1"})
}

func dockerInternal(d *realDocker) {
	d.create("--ipam-driver", "vlcp", "--internal", "--subnet", "192.168.1.0/24", "--gateway", "192.168.1.1", "n1")
	d.run("c1", "n1")
	routes := d.ip("c1", "route")
	d.lacks("the route", routes, "default")
	d.lacks("the route", routes, "eth1")
	d.remove([]string{"c1"}, []string{"n1"})
}

func dockerBothFamilies(d *realDocker) {
	d.create("--ipam-driver", "vlcp", "--ipv6", "--subnet", "192.168.1.0/24", "--gateway", "192.168.1.1",
		"--subnet", "fd00:1::/64", "--gateway", "fd00:1::1", "n1")
	d.run("c1", "n1")
	d.has("eth0", d.ip("c1", "addr", "show", "eth0"), "192.168.1.2/24", "fd00:1::2/64")
	d.has("the route", d.ip("c1", "-6", "route"), "default via fd00:1::1")
	d.create("--ipam-driver", "vlcp", "--ipv6", "n2") // Docker 20.10 asks for an IPv6 pool too
	d.remove([]string{"c1"}, []string{"n1", "n2"})
}

func dockerOtherIPAM(d *realDocker) {
	d.create("--subnet", "192.168.1.0/24", "--gateway", "192.168.1.254", "--aux-address", "a=192.168.1.2", "n1")
	d.create("--ipam-driver", "null", "n2")
	d.run("c1", "n1")
	d.run("c2", "n2")
	d.has("the route", d.ip("c1", "route"), "default via 192.168.1.254", "src 192.168.1.1")
	d.lacks("eth0", d.ip("c2", "addr", "show", "eth0"), "inet ")
	d.remove([]string{"c1", "c2"}, []string{"n1", "n2"})
}

// Docker 20.10 says the same address space for all networks: only the handle
// of a pool tells whose it is.
func dockerSameSubnet(d *realDocker) {
	networks := []string{"n1", "n2", "n3", "n4", "n5", "n6"}
	var wg sync.WaitGroup
	for i, name := range networks {
		wg.Go(func() {
			d.create("--ipam-driver", "vlcp", "--subnet", "192.168.1.0/24", "--gateway", fmt.Sprintf("192.168.1.%d", i+1), name)
		})
	}
	wg.Wait()
	for i, name := range networks {
		info := d.docker("network", "inspect", "-f", "{{.Id}} {{(index .IPAM.Config 0).Subnet}} {{(index .IPAM.Config 0).Gateway}}", name)
		id, rest, _ := strings.Cut(info, " ")
		gateway := fmt.Sprintf("192.168.1.%d", i+1)
		d.has("inspect", rest, "192.168.1.0/24 "+gateway)
		spec, err := d.fake.Network(d.ctx, "docker-"+id+"-lognet")
		if err != nil || spec.Subnets[0].Gateway.String() != gateway {
			d.Errorf("%s: %+v, %v: want gateway %s", name, spec, err, gateway)
		}
	}
	d.remove(nil, networks)
}

func dockerAttach(d *realDocker) {
	id := "docker-" + d.create("--ipam-driver", "vlcp", "--subnet", "192.168.1.0/24", "--gateway", "192.168.1.1", "n1") + "-lognet"
	d.create("--ipam-driver", "vlcp", "--ipam-opt", "network="+id, "-o", "network="+id, "n2")
	d.run("c1", "n1")
	d.run("c2", "n2")
	d.has("the route", d.ip("c2", "route"), "default via 192.168.1.1", "src 192.168.1.3")
	ports, err := d.fake.Ports(d.ctx, id)
	if err != nil || len(ports) != 2 {
		d.Errorf("ports: %v, %v", ports, err)
	}
	d.remove([]string{"c2"}, []string{"n2"})
	d.docker("restart", "-t", "1", "c1")
	d.remove([]string{"c1"}, []string{"n1"})
}

// The plugin ends and starts again while containers run.
func dockerRestart(d *realDocker) {
	d.create("--ipam-driver", "vlcp", "--subnet", "192.168.1.0/24", "--gateway", "192.168.1.1", "n1")
	d.run("c1", "n1", "--ip", "192.168.1.9")
	d.stopPlugin()
	d.startPlugin()
	d.docker("restart", "-t", "1", "c1")
	d.has("the route", d.ip("c1", "route"), "default via 192.168.1.1", "src 192.168.1.9")
	d.remove([]string{"c1"}, []string{"n1"})
}

// What a user reads of a mistake.
func dockerRefused(d *realDocker) {
	d.create("--ipam-driver", "vlcp", "--subnet", "192.168.1.0/29", "--gateway", "192.168.1.1", "n1")
	d.docker("network", "create", "-d", "bridge", "--ipam-driver", "vlcp", "--subnet", "192.168.9.0/24", "bridge1")
	for want, args := range map[string]string{
		"192.168.1.0/24": "network create -d vlcp --ipam-driver vlcp --subnet 192.168.1.7/24 x",
		`-o mtu: "big" is not a number of bytes from 68 to 65535, such as 1450`: "network create -d vlcp --ipam-driver vlcp -o mtu=big x",
		"-o network=missing":         "network create -d vlcp -o network=missing x",
		"belongs to no vlcp network": "run --rm --network bridge1 " + testlab.Image,
		"address already in use":     "run --rm --network n1 --ip 192.168.1.1 " + testlab.Image,
	} {
		_, err := d.host.Docker(d.ctx, strings.Fields(args)...)
		if err == nil || !strings.Contains(err.Error(), want) {
			d.Errorf("docker %s: %v\nwant %s", args, err, want)
		}
	}
	d.docker("container", "prune", "-f") // what could not be started
	d.remove(nil, []string{"n1", "bridge1"})
}
