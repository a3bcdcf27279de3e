package network

import (
	"net/netip"
	"strconv"

	"github.com/vlcp-go/vlcp/kvstore"
)

// The keys of the model, below the store's root. Ids are single segments, as
// kvstore.Key escapes them.
//
//	schema                        {"written":1,"minReader":1}
//	phys/<id>/info                Physical
//	phys/<id>/port/<port id>      PhysicalPort
//	phys/<id>/net/<network>       its logical networks: lists them without their ports
//	phys/<id>/segment/<n>         → network; the claim of a VNI or VLAN id
//	physport/<port id>            → physical network; ports are unique in the cluster
//	net/<id>/info                 Network
//	net/<id>/subnet/<id>          Subnet
//	net/<id>/port/<id>            Port
//	net/<id>/mac/<mac>            → port; the claim of a MAC
//	subnet/<id>/network           → network; ids are unique in the cluster
//	port/<id>/network             → network
//	router/<id>/info              Router
//	router/<id>/interface/<id>    RouterInterface
//	interface/<id>/router         → router; ids are unique in the cluster
//	subnet/<id>/router/<router>   → its interface in that router
//	number/<n>                    → network; the claim of a register number
//	host/<id>                     Host; Removed for a while after RemoveHost
//	tunnel/<address>              → host; the claim of a tunnel address
//	alive/<host>                  boot id; ephemeral: its agent lives
const schemaKey = "schema"

func physicalKey(id string) string           { return kvstore.Key("phys", id, "info") }
func physicalPortKey(phys, id string) string { return kvstore.Key("phys", phys, "port", id) }
func memberKey(phys, network string) string  { return kvstore.Key("phys", phys, "net", network) }
func physicalPortIndex(id string) string     { return kvstore.Key("physport", id) }
func networkKey(id string) string            { return kvstore.Key("net", id, "info") }
func subnetKey(network, id string) string    { return kvstore.Key("net", network, "subnet", id) }
func portKey(network, id string) string      { return kvstore.Key("net", network, "port", id) }
func macKey(network, mac string) string      { return kvstore.Key("net", network, "mac", mac) }
func subnetIndex(id string) string           { return kvstore.Key("subnet", id, "network") }
func portIndex(id string) string             { return kvstore.Key("port", id, "network") }
func routerKey(id string) string             { return kvstore.Key("router", id, "info") }
func interfaceKey(router, id string) string  { return kvstore.Key("router", router, "interface", id) }
func interfaceIndex(id string) string        { return kvstore.Key("interface", id, "router") }
func routerLink(subnet, router string) string {
	return kvstore.Key("subnet", subnet, "router", router)
}
func numberKey(n uint32) string     { return kvstore.Key("number", decimal(n)) }
func hostKey(id string) string      { return kvstore.Key("host", id) }
func tunnelKey(a netip.Addr) string { return kvstore.Key("tunnel", a.String()) }
func aliveKey(host string) string   { return kvstore.Key("alive", host) }
func segmentKey(phys string, n uint32) string {
	return kvstore.Key("phys", phys, "segment", decimal(n))
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// PhysicalPrefix is the prefix of everything about physical networks.
func PhysicalPrefix() string { return kvstore.Prefix("phys") }

// NetworkPrefix is the prefix of everything about one logical network: itself,
// its subnets and its ports.
func NetworkPrefix(id string) string { return kvstore.Prefix("net", id) }

// RouterPrefix is the prefix of everything about one virtual router: itself and
// its interfaces.
func RouterPrefix(id string) string { return kvstore.Prefix("router", id) }

// HostPrefix is the prefix of the hosts.
func HostPrefix() string { return kvstore.Prefix("host") }

// PortIndexPrefix is the prefix of what tells to which logical network a port
// belongs.
func PortIndexPrefix(port string) string { return kvstore.Prefix("port", port) }
