package ovs

// Field is one field of a packet or of its metadata that OpenFlow can match
// on or set.
type Field uint8

// The fields, in the order in which a match lists them.
const (
	InPort     Field = iota + 1 // OpenFlow port number, 32 bits; 16 in actions
	TunID                       // tunnel key (VNI), 64 bits
	TunSrc                      // outer IPv4 source
	TunDst                      // outer IPv4 destination
	TunIPv6Src                  // outer IPv6 source
	TunIPv6Dst                  // outer IPv6 destination
	Metadata                    // 64 bits
	Reg0                        // registers, 32 bits each
	Reg1
	Reg2
	Reg3
	Reg4
	Reg5
	Reg6
	Reg7
	EthDst
	EthSrc
	EthType
	VLANTCI // for actions: NXM's vlan_tci, 16 bits with the CFI bit as "present"
	VLANVID // for matches and SetField: 13 bits, bit 12 "present"
	IPSrc   // nw_src
	IPDst   // nw_dst
	IPv6Src
	IPv6Dst
	IPProto
	IPTTL
	IPFrag // ip_frag: bit 0 any fragment, bit 1 a later one
	ARPOp
	ARPSPA
	ARPTPA
	ARPSHA
	ARPTHA
	TCPSrc
	TCPDst
	UDPSrc
	UDPDst
	ICMPType
	ICMPCode
	ICMPv6Type
	ICMPv6Code
	NDTarget
	NDSLL
	NDTLL
	NDReserved    // ERICOXM: the flags and reserved word of an ND message, 32 bits
	NDOptionsType // ERICOXM: the type of the first ND option, 8 bits
	XXReg0        // for actions: reg0..reg3 as 128 bits, reg0 the highest
	XXReg1        // for actions: reg4..reg7 as 128 bits
)

// vlanPresent is the bit of a VLANVID that says that there is a tag.
const vlanPresent = 1 << 12

// Bits is the width of the field; 0 for a number that is no field.
func (f Field) Bits() uint16 { return f.info().bits }

// String is the field's name in ovs-ofctl's matches and set_field actions.
func (f Field) String() string { return f.info().name }

// kind is how ovs-ofctl writes a field's values.
type kind uint8

const (
	decimal kind = iota + 1
	hexadecimal
	portNumber // decimal or LOCAL
	fragment   // one of fragments
	hardware
	ipv4
	ipv6
)

type fieldInfo struct {
	name string // in matches and set_field
	nxm  string // in load, move and output
	bits uint16
	kind kind
}

func (f Field) info() fieldInfo {
	if int(f) >= len(fields) {
		return fieldInfo{}
	}
	return fields[f]
}

// fields has the names that Open vSwitch 3.1 has (ovs-fields(7)).
var fields = [...]fieldInfo{
	InPort:        {"in_port", "NXM_OF_IN_PORT", 32, portNumber},
	TunID:         {"tun_id", "NXM_NX_TUN_ID", 64, hexadecimal},
	TunSrc:        {"tun_src", "NXM_NX_TUN_IPV4_SRC", 32, ipv4},
	TunDst:        {"tun_dst", "NXM_NX_TUN_IPV4_DST", 32, ipv4},
	TunIPv6Src:    {"tun_ipv6_src", "NXM_NX_TUN_IPV6_SRC", 128, ipv6},
	TunIPv6Dst:    {"tun_ipv6_dst", "NXM_NX_TUN_IPV6_DST", 128, ipv6},
	Metadata:      {"metadata", "OXM_OF_METADATA", 64, hexadecimal},
	Reg0:          {"reg0", "NXM_NX_REG0", 32, hexadecimal},
	Reg1:          {"reg1", "NXM_NX_REG1", 32, hexadecimal},
	Reg2:          {"reg2", "NXM_NX_REG2", 32, hexadecimal},
	Reg3:          {"reg3", "NXM_NX_REG3", 32, hexadecimal},
	Reg4:          {"reg4", "NXM_NX_REG4", 32, hexadecimal},
	Reg5:          {"reg5", "NXM_NX_REG5", 32, hexadecimal},
	Reg6:          {"reg6", "NXM_NX_REG6", 32, hexadecimal},
	Reg7:          {"reg7", "NXM_NX_REG7", 32, hexadecimal},
	EthDst:        {"eth_dst", "NXM_OF_ETH_DST", 48, hardware},
	EthSrc:        {"eth_src", "NXM_OF_ETH_SRC", 48, hardware},
	EthType:       {"eth_type", "NXM_OF_ETH_TYPE", 16, hexadecimal},
	VLANTCI:       {"vlan_tci", "NXM_OF_VLAN_TCI", 16, hexadecimal},
	VLANVID:       {"vlan_vid", "OXM_OF_VLAN_VID", 13, decimal},
	IPSrc:         {"ip_src", "NXM_OF_IP_SRC", 32, ipv4},
	IPDst:         {"ip_dst", "NXM_OF_IP_DST", 32, ipv4},
	IPv6Src:       {"ipv6_src", "NXM_NX_IPV6_SRC", 128, ipv6},
	IPv6Dst:       {"ipv6_dst", "NXM_NX_IPV6_DST", 128, ipv6},
	IPProto:       {"nw_proto", "NXM_OF_IP_PROTO", 8, decimal},
	IPTTL:         {"nw_ttl", "NXM_NX_IP_TTL", 8, decimal},
	IPFrag:        {"ip_frag", "NXM_NX_IP_FRAG", 2, fragment},
	ARPOp:         {"arp_op", "NXM_OF_ARP_OP", 16, decimal},
	ARPSPA:        {"arp_spa", "NXM_OF_ARP_SPA", 32, ipv4},
	ARPTPA:        {"arp_tpa", "NXM_OF_ARP_TPA", 32, ipv4},
	ARPSHA:        {"arp_sha", "NXM_NX_ARP_SHA", 48, hardware},
	ARPTHA:        {"arp_tha", "NXM_NX_ARP_THA", 48, hardware},
	TCPSrc:        {"tcp_src", "NXM_OF_TCP_SRC", 16, decimal},
	TCPDst:        {"tcp_dst", "NXM_OF_TCP_DST", 16, decimal},
	UDPSrc:        {"udp_src", "NXM_OF_UDP_SRC", 16, decimal},
	UDPDst:        {"udp_dst", "NXM_OF_UDP_DST", 16, decimal},
	ICMPType:      {"icmp_type", "NXM_OF_ICMP_TYPE", 8, decimal},
	ICMPCode:      {"icmp_code", "NXM_OF_ICMP_CODE", 8, decimal},
	ICMPv6Type:    {"icmpv6_type", "NXM_NX_ICMPV6_TYPE", 8, decimal},
	ICMPv6Code:    {"icmpv6_code", "NXM_NX_ICMPV6_CODE", 8, decimal},
	NDTarget:      {"nd_target", "NXM_NX_ND_TARGET", 128, ipv6},
	NDSLL:         {"nd_sll", "NXM_NX_ND_SLL", 48, hardware},
	NDTLL:         {"nd_tll", "NXM_NX_ND_TLL", 48, hardware},
	NDReserved:    {"nd_reserved", "ERICOXM_OF_ICMPV6_ND_RESERVED", 32, decimal},
	NDOptionsType: {"nd_options_type", "ERICOXM_OF_ICMPV6_ND_OPTIONS_TYPE", 8, decimal},
	XXReg0:        {"xxreg0", "NXM_NX_XXREG0", 128, hexadecimal},
	XXReg1:        {"xxreg1", "NXM_NX_XXREG1", 128, hexadecimal},
}
