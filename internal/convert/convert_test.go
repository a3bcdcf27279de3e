package convert

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"
)

const original = `
# a comment
module.httpserver.url=None
module.httpserver.vhost.api.url = 'tcp://localhost:8081'   # and one behind
module.httpserver.vhost.docker.url='unix:///run/docker/plugins/vlcp.sock'
module.jsonrpcserver.url="unix:///var/run/openvswitch/db.sock"
module.zookeeperdb.url='tcp://10.0.1.2:2181,10.0.1.3:2181/'
proxy.kvstorage='vlcp.service.connection.zookeeperdb.ZooKeeperDB'
module.l2switch.learning=False
module.vxlancast.learning=True
module.dockerplugin.cidrrange='10.128.0.0/9'
module.dockerplugin.mtu=1400
server.logging.root={'level': 'DEBUG',
                     # a comment in between
                     'handlers': ['x#y']}
server.startup = ('vlcp.service.sdn.viperflow.ViperFlow',
                  'vlcp.service.manage.webapi.WebAPI')
module.l3router.prepush = True
my.own=(1,
`

const converted = `# module.httpserver.vhost.api.url
api = '127.0.0.1:8081,unix:///run/vlcp/vlcp.sock'

# module.httpserver.vhost.docker.url
socket = '/run/docker/plugins/vlcp.sock'

# module.jsonrpcserver.url
ovs-database = '/var/run/openvswitch/db.sock'

# module.zookeeperdb.url
store = 'zk://10.0.1.2:2181,10.0.1.3:2181/vlcp'

# module.dockerplugin.cidrrange
pool4 = '10.128.0.0/9'

# server.logging.root
log-level = 'DEBUG'

# These have no counterpart:
#   line 10, module.vxlancast.learning: nothing is learned from packets: what is known is forwarded
#   line 12, module.dockerplugin.mtu: say it for each network, with docker network create -o mtu=…; without, it is the largest that fits
#   line 18, module.l3router.prepush: what virtual routers reach is always in the flows before the first packet
#   line 19, my.own: vlcp has no such key
`

func TestFile(t *testing.T) {
	r, err := File(original + "       2)\n")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(converted, b.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	var read map[string]string
	if err := toml.Unmarshal([]byte(b.String()), &read); err != nil || len(read) != 6 {
		t.Errorf("%v, %v", read, err)
	}
}

func TestFileRefuses(t *testing.T) {
	for text, want := range map[string]string{
		original:                        "line 19: my.own: ",
		"# x\nno equals":                `line 2: "no equals" is no key=value`,
		"a b=1":                         `line 1: "a b=1" is no key=value`,
		"=1":                            "line 1: ",
		"a=":                            "line 1: a: ",
		"a=os.system('x')":              "line 1: a: ",
		"a=1 # x # y\nb='x # y":         "line 2: b: ",
		"  a=[":                         "line 1: a: ",
		"a=" + strings.Repeat("#", 1e4): "line 1: a: ",
	} {
		if r, err := File(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, %v; want %s", text, r, err, want)
		}
	}
}

func TestValues(t *testing.T) {
	for line, want := range map[string]string{
		"module.zookeeperdb.url='tcp://localhost/'":                                   "store = zk://localhost/vlcp",
		"module.zookeeperdb.url='ssl://a,b:1/x/y'":                                    "store = zk://a,b:1/x/y/vlcp?tls=true",
		"module.zookeeperdb.url='tcp://'":                                             "tcp://10.0.1.2:2181/",
		"module.zookeeperdb.url=None":                                                 "tcp://10.0.1.2:2181/",
		"module.dockerplugin.ovsbridge='br\"0'":                                       `bridge = br"0`,
		"module.dockerplugin.ovsbridge=1":                                             "no text",
		"module.dockerplugin.cidrrange='10.1.2.3/8'":                                  "pool4 = 10.0.0.0/8",
		"module.dockerplugin.cidrrange='fd00::/8'":                                    "no IPv4 network",
		"module.httpserver.vhost.api.url=None":                                        "api = unix:///run/vlcp/vlcp.sock",
		"module.httpserver.vhost.api.url='tcp://[::1]:80'":                            "api = [::1]:80,unix:///run/vlcp/vlcp.sock",
		"module.httpserver.vhost.api.url='tcp://0.0.0.0:80'":                          "not on loopback",
		"module.httpserver.vhost.api.url='tcp://localhost'":                           "no address",
		"module.httpserver.vhost.api.url='ssl://localhost:1'":                         "no address",
		"module.httpserver.vhost.docker.url='tcp://:1'":                               "unix:///path",
		"module.jsonrpcserver.url='unix:///a\\nb'":                                    "ovs-database = /a\nb",
		"server.logging.root={'level':'WARNING'}":                                     "log-level = WARN",
		"server.logging.root={'level':'CRITICAL'}":                                    "log-level = ERROR",
		"server.logging.root='x'":                                                     "no level",
		"server.debugging=True":                                                       `log-level = "debug"`,
		"server.debugging=False":                                                      "",
		"server.logging.root={'level':'INFO'}\nserver.logging.root={'level':'DEBUG'}": "log-level = DEBUG",
		"module.redisdb.url='tcp://10.0.1.2/'":                                        "Redis",
		"proxy.kvstorage='vlcp.service.connection.redisdb.RedisDB'":                   "store",
		"module.l3router.enable_router_forward=False":                                 "",
		"":        "",
		"# x\r\n": "",
	} {
		r, err := File(line)
		if err != nil && want != "" || len(r.Settings)+len(r.Lost) > 1 {
			t.Errorf("%s: %v, %v", line, r, err)
			continue
		}
		got := ""
		for _, s := range r.Settings {
			got = s.Key + " = " + s.Value
		}
		for _, l := range r.Lost {
			got = l.Reason
		}
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %s, want %s", line, got, want)
		}
		if err := r.Write(&strings.Builder{}); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// Whatever the file says, what is written is TOML.
func FuzzFile(f *testing.F) {
	f.Add(original)
	f.Add("module.dockerplugin.ovsbridge='\\x00\\r\"'")
	f.Add("module.\r\nx='1'")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := File(text)
		if err != nil {
			return
		}
		var b strings.Builder
		var read map[string]string
		if err := r.Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := toml.Unmarshal([]byte(b.String()), &read); err != nil || len(read) != len(r.Settings) {
			t.Errorf("%v: %q", err, b.String())
		}
	})
}
