package convert

import (
	"net/netip"
	"path"
	"reflect"
	"strings"
)

// rules are the keys that have a counterpart. A value that has none gives a reason.
var rules = map[string]struct {
	key     string
	convert func(v any) (value, reason string)
}{
	"module.zookeeperdb.url":             {"store", zookeeper},
	"module.dockerplugin.ovsbridge":      {"bridge", text},
	"module.dockerplugin.cidrrange":      {"pool4", prefix},
	"module.httpserver.vhost.docker.url": {"socket", socket},
	"module.httpserver.vhost.api.url":    {"api", address},
	"module.jsonrpcserver.url":           {"ovs-database", socket},
	"server.logging.root":                {"log-level", level},
}

// anyway are values that say what vlcp does without being told.
var anyway = map[string]any{
	"module.httpserver.url":                     nil,
	"module.jsonrpcserver.ovsdb":                true,
	"module.jsonrpcserver.client":               true,
	"module.l2switch.learning":                  false,
	"module.l2switch.nxlearn":                   false,
	"module.vxlancast.learning":                 false,
	"module.vxlancast.prepush":                  true,
	"module.arpresponder.prepush":               true,
	"module.dockerplugin.autoremoveports":       true,
	"module.dockerplugin.dstprefix":             "eth",
	"module.dockerplugin.vethprefix":            "vlcp",
	"module.dockerplugin.mactemplate":           "02:00:00:00:00:00",
	"module.ioprocessing.enable_router_forward": false,
	"module.l3router.enable_router_forward":     false,
	"server.debugging":                          false,
	"proxy.kvstorage":                           zookeeperClass,
	"proxy.updatenotifier":                      zookeeperClass,
}

const zookeeperClass = "vlcp.service.connection.zookeeperdb.ZooKeeperDB"

// reasons are why what begins with a prefix has no counterpart, "" where nobody
// misses it. The first one counts.
var reasons = []struct{ prefix, reason string }{
	{"server.startup", ""}, // which modules run
	{"server.debugging", "set log-level = \"debug\""},
	{"server.logging.", "the log goes to standard error, which systemd gives to its journal"},
	{"server.loggingconfig", "the log goes to standard error, which systemd gives to its journal"},
	{"module.dockerplugin.mtu", "say it for each network, with docker network create -o mtu=…; without, it is the largest that fits"},
	{"module.dockerplugin.mactemplate", "MACs are made from network and address"},
	{"module.dockerplugin.vethprefix", "interfaces are named vlcp…"},
	{"module.dockerplugin.dstprefix", "interfaces are named eth… in containers"},
	{"module.dockerplugin.ipcommand", "no ip command is needed"},
	{"module.dockerplugin.ovscommand", "no ovs-vsctl is needed; with switch = \"vsctl\" it is found in PATH"},
	{"module.dockerplugin.", "there is no such choice"},
	{"module.redisdb.", "Redis is no store here: use ZooKeeper, etcd or Consul"},
	{"proxy.", "the store is chosen by its URL: the key store"},
	{"module.zookeeperdb.", "there is no such choice"},
	{"module.openflowserver.", "vlcp opens no port for switches: it connects to the bridge"},
	{"module.webapi.", "docs/api.md tells who may call the API"},
	{"module.httpserver.", "the API and the plugin's socket are the only ones: the keys api and socket"},
	{"module.l2switch.", "nothing is learned from packets: what is known is forwarded"},
	{"module.vxlancast.", "nothing is learned from packets: what is known is forwarded"},
	{"module.arpresponder.", "ARP for what is known is always answered on the host"},
	{"module.freearp.", "a moved port is always announced on VLAN networks"},
	{"module.dhcpserver.", "there is no DHCP server yet"},
	{"module.icmpresponder.", "virtual routers always answer echo requests on the host, and their MACs are made from their ids"},
	{"module.l3router.", "what virtual routers reach is always in the flows before the first packet"},
	{"module.ioprocessing.enable_router_forward", "virtual routers do not forward to external networks yet"},
	{"module.vxlanvtep.", "hardware VTEPs are not supported"},
	{"", "vlcp has no such key"},
}

// translate gives our key and its value, or a reason why there is none, or nothing
// where none is needed.
func translate(key string, v any) (ours, value, reason string) {
	if rule, found := rules[key]; found {
		value, reason = rule.convert(v)
		if reason == "" {
			return rule.key, value, ""
		}
		return "", "", reason
	}
	if usual, found := anyway[key]; found && reflect.DeepEqual(usual, v) {
		return "", "", ""
	}
	for _, r := range reasons {
		if strings.HasPrefix(key, r.prefix) {
			return "", "", r.reason
		}
	}
	return "", "", ""
}

func text(v any) (value, reason string) {
	if s, ok := v.(string); ok && s != "" {
		return s, ""
	}
	return "", "its value is no text"
}

// zookeeper has a root of its own below the original's: both have keys there.
func zookeeper(v any) (value, reason string) {
	s, _ := v.(string)
	scheme, rest, _ := strings.Cut(s, "://")
	hosts, root, _ := strings.Cut(rest, "/")
	if hosts == "" || scheme != "tcp" && scheme != "ssl" {
		return "", "its value is no URL such as tcp://10.0.1.2:2181/"
	}
	value = "zk://" + hosts + path.Join("/", root, "vlcp")
	if scheme == "ssl" {
		value += "?tls=true"
	}
	return value, ""
}

func prefix(v any) (value, reason string) {
	s, _ := v.(string)
	p, err := netip.ParsePrefix(s)
	if err != nil || !p.Addr().Is4() {
		return "", "its value is no IPv4 network such as 10.0.0.0/8"
	}
	return p.Masked().String(), ""
}

func socket(v any) (value, reason string) {
	s, _ := v.(string)
	file, found := strings.CutPrefix(s, "unix://")
	if !found || !path.IsAbs(file) {
		return "", "it can only be a socket on this host: unix:///path"
	}
	return file, ""
}

// agentSocket is where vlcp's own commands reach the agent.
const agentSocket = "unix:///run/vlcp/vlcp.sock"

func address(v any) (value, reason string) {
	if v == nil {
		return agentSocket, ""
	}
	s, _ := v.(string)
	host, found := strings.CutPrefix(s, "tcp://")
	at, err := netip.ParseAddrPort(strings.Replace(host, "localhost:", "127.0.0.1:", 1))
	switch {
	case !found || err != nil:
		return "", "its value is no address such as tcp://localhost:8081"
	case !at.Addr().IsLoopback():
		return "", "an address that is not on loopback needs more than this: the keys api, api-tls-cert, api-tls-key and api-tokens"
	}
	return at.String() + "," + agentSocket, ""
}

func level(v any) (value, reason string) {
	root, _ := v.(map[string]any)
	switch name, _ := root["level"].(string); name {
	case "DEBUG", "INFO", "ERROR":
		return name, ""
	case "WARNING", "WARN":
		return "WARN", ""
	case "CRITICAL", "FATAL":
		return "ERROR", ""
	}
	return "", "it has no level that is known"
}
