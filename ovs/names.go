package ovs

import (
	"fmt"
	"strings"
)

// fieldNames are all names of all fields, in lower case: our own, and those
// that dump-flows prints.
var fieldNames = func() map[string]Field {
	names := map[string]Field{
		"dl_src":   EthSrc,
		"dl_dst":   EthDst,
		"dl_type":  EthType,
		"nw_src":   IPSrc,
		"nw_dst":   IPDst,
		"ip_proto": IPProto,
		"ip_ttl":   IPTTL,
		"nw_frag":  IPFrag,
	}
	for f, info := range fields {
		if info.bits != 0 {
			names[info.name] = Field(f)
			names[strings.ToLower(info.nxm)] = Field(f)
		}
	}
	return names
}()

// parseField finds a field by any of its names.
func parseField(name string) (Field, error) {
	if f, ok := fieldNames[strings.ToLower(name)]; ok {
		return f, nil
	}
	return 0, fmt.Errorf("%q is not a field that this version knows", name)
}

// protocolFields are names of which the protocol decides the field, by
// nw_proto.
var protocolFields = map[string]map[uint64]Field{
	"tp_src":    {6: TCPSrc, 17: UDPSrc},
	"tp_dst":    {6: TCPDst, 17: UDPDst},
	"icmp_type": {1: ICMPType, 58: ICMPv6Type},
	"icmp_code": {1: ICMPCode, 58: ICMPv6Code},
}
