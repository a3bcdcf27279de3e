package ovs

// Field is one field of a packet or of its metadata that OpenFlow can match
// on or set.
type Field uint8

// The fields, in the order in which a match lists them.
const (
	InPort     Field = iota + 1 // OpenFlow port number, 32 bits
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
	VLANTCI // OVS's vlan_tci, NXM: 16 bits with the CFI bit as "present"
	VLANVID // OpenFlow's vlan_vid: 13 bits, bit 12 "present"
	IPSrc   // nw_src
	IPDst   // nw_dst
	IPv6Src
	IPv6Dst
	IPProto
	IPTTL
	IPFrag // ip_frag: bit 0 any fragment, bit 1 later fragment
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
	XXReg0        // reg0..reg3 as 128 bits
	XXReg1        // reg4..reg7 as 128 bits
)
