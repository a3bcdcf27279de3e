package network

import (
	"crypto/sha256"
	"net"
	"net/netip"
)

// localUnicast is the first byte of the MAC addresses made here: locally
// administered, of one station (IEEE 802, 8.4.2).
const localUnicast = 0x02

// deriveMAC is the MAC of a port that nobody gave one: 02 and the first five
// bytes of sha256(network, 0, address). The address is the port's IPv4 address
// in 16 bytes, else its IPv6 address, else there is the port's id instead. So
// it is the same on every host, for ever. After a conflict the next try appends
// a byte that counts the tries before.
func deriveMAC(network string, p Port, try byte) string {
	text := append([]byte(network), 0)
	if a, ok := mainAddress(p.Addresses); ok {
		b := a.As16()
		text = append(text, b[:]...)
	} else {
		text = append(text, p.ID...)
	}
	if try > 0 {
		text = append(text, try)
	}
	sum := sha256.Sum256(text)
	return net.HardwareAddr(append([]byte{localUnicast}, sum[:5]...)).String()
}

// mainAddress is the IPv4 address, else the IPv6 address.
func mainAddress(addresses []Address) (main netip.Addr, ok bool) {
	for _, a := range addresses {
		if a.Address.Is4() || !main.IsValid() {
			main = a.Address
		}
	}
	return main, main.IsValid()
}

// claimMAC claims a MAC that is named.
func (x *seat) claimMAC(t *txn) error {
	if x.p.MAC == "" || x.p.MAC == x.old.MAC {
		return nil
	}
	other, err := t.claim(macKey(x.network.ID, x.p.MAC), x.p.ID)
	if err == nil && other != "" {
		err = faultf(ErrInUse, "mac_address %s is that of logical port %q in the same logical network: choose another", x.p.MAC, other)
	}
	return err
}

// makeMAC makes and claims a MAC where none is named.
func (x *seat) makeMAC(t *txn) error {
	if x.p.MAC != "" {
		return nil
	}
	for try := range byte(255) {
		mac := deriveMAC(x.network.ID, *x.p, try)
		other, err := t.claim(macKey(x.network.ID, mac), x.p.ID)
		if err != nil || other == "" {
			x.p.MAC = mac
			return err
		}
	}
	return faultf(ErrExhausted, "all MAC addresses that were tried are in use: name one")
}
