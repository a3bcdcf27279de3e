package network

import "context"

// The largest MTU on plain Ethernet, and what VXLAN over IPv4 adds (RFC 7348,
// 4.1: outer Ethernet, IP, UDP and VXLAN headers).
const (
	etherMTU      = 1500
	vxlanOverhead = 50
)

// ethernetMTU is the MaxMTU of a Model that was told none.
func ethernetMTU(_ context.Context, p Physical) (int, error) {
	if p.Type == VXLAN {
		return etherMTU - vxlanOverhead, nil
	}
	return etherMTU, nil
}

// fitMTU is the MTU of a logical network on p: what is wanted, if it fits, or
// the largest for 0.
func (m *Model) fitMTU(ctx context.Context, p Physical, want int) (int, error) {
	most, err := m.maxMTU(ctx, p)
	switch {
	case err != nil:
		return 0, err
	case want == 0:
		return most, nil
	case want > most:
		return 0, invalidf("mtu %d is too large for %s: at most %d here", want, p.Type.carrier(), most)
	case want < minMTU4:
		return 0, invalidf("mtu %d is too small: IPv4 needs at least %d", want, minMTU4)
	}
	return want, nil
}

// carrier is what packets of this type of network leave a host by.
func (t Type) carrier() string {
	switch t {
	case VXLAN:
		return "the tunnel"
	case VLAN:
		return "the VLAN trunk"
	case Native:
		return "the device"
	}
	return "a local network"
}
