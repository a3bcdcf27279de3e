package network

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vlcp-go/vlcp/kvstore"
)

const (
	maxID     = 255  // bytes
	maxKeyID  = 245  // bytes of an id in a key, so that two of them fit one (kvstore.MaxKey)
	maxText   = 255  // bytes of a host or domain name (RFC 1035, 2.3.4)
	minMTU4   = 68   // RFC 791, 3.2
	minMTU6   = 1280 // RFC 8200, 5
	infinite  = "infinite"
	macLength = len("00:00:00:00:00:00")
)

// newID is a random UUID (RFC 9562, 5.4).
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func checkID(id string) error {
	switch {
	case id == "":
		return invalidf("an id is missing")
	case len(id) > maxID:
		return invalidf("the id is %d bytes long: choose one of at most %d", len(id), maxID)
	case len(kvstore.Key(id)) > maxKeyID:
		return invalidf("the id takes %d bytes in the store, where all but letters, digits and -_.~$&+=:@ take three: choose one that takes at most %d",
			len(kvstore.Key(id)), maxKeyID)
	}
	return checkText("the id", id)
}

// checkText refuses what a terminal or a log would not show as it is.
func checkText(what, text string) error {
	if !utf8.ValidString(text) {
		return invalidf("%s is not valid UTF-8", what)
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return invalidf("%s %q has control characters", what, text)
	}
	return nil
}

func checkName(what, name string) error {
	if len(name) > maxText {
		return invalidf("%s is %d bytes long, at most %d are possible", what, len(name), maxText)
	}
	return checkText(what, name)
}

// checkMeta refuses attributes that have the name of a field, and those that
// JSON can't say.
func checkMeta(meta map[string]any, names map[string]bool) error {
	for name := range meta {
		if names[name] {
			return invalidf("attribute %q has a meaning of its own, and can't be set as another attribute", name)
		}
		if err := checkText("the name of attribute", name); err != nil {
			return err
		}
	}
	if _, err := json.Marshal(meta); err != nil {
		return because(ErrInvalid, err, "attributes that can't be stored: %v", err)
	}
	return nil
}

func (o Owner) check() error {
	for _, part := range []string{o.Face, o.Host, o.Boot, o.Endpoint} {
		if err := checkName("the owner", part); err != nil {
			return err
		}
	}
	return nil
}

func (d DHCP) check() error {
	for what, servers := range map[string][]netip.Addr{"dns_nameservers": d.DNSNameservers, "ntp_servers": d.NTPServers} {
		for _, a := range servers {
			if !a.IsValid() {
				return invalidf("%s has an entry that is no address", what)
			}
		}
	}
	if _, err := strconv.ParseUint(d.LeaseTime, 10, 32); err != nil && d.LeaseTime != "" && d.LeaseTime != infinite {
		return invalidf("lease_time %q is not a number of seconds, nor %q", d.LeaseTime, infinite)
	}
	if err := checkOptions(d.ExtraDHCPOptions); err != nil {
		return err
	}
	return checkName("domain_name", d.DomainName)
}

func checkOptions(options []any) error {
	for _, o := range options {
		if pair, ok := o.([]any); !ok || len(pair) != 2 {
			return invalidf("extra_dhcp_options has %v, which is not a pair of an option's tag and its value", o)
		}
	}
	if _, err := json.Marshal(options); err != nil {
		return because(ErrInvalid, err, "extra_dhcp_options can't be stored: %v", err)
	}
	return nil
}

// normalMAC is a MAC address in lower case.
func normalMAC(s string) (string, error) {
	mac, err := net.ParseMAC(s)
	switch {
	case err != nil || len(s) != macLength || strings.Count(s, ":") != 5:
		return "", invalidf("mac_address %q is not of the form 02:00:00:00:00:01", s)
	case mac[0]&1 != 0:
		return "", invalidf("mac_address %s is a group address (the first byte is odd), which no interface can have", s)
	case mac.String() == "00:00:00:00:00:00":
		return "", invalidf("mac_address %s is no address", s)
	}
	return mac.String(), nil
}

// checkPrefix refuses what can't be a subnet.
func checkPrefix(what string, p netip.Prefix) error {
	switch {
	case !p.IsValid():
		return invalidf("%s is missing: give one such as 192.168.1.0/24", what)
	case p.Addr().Is4In6():
		return invalidf("%s %s is an IPv4 network in IPv6 form: write it as IPv4", what, p)
	}
	return nil
}

// checkAddr refuses what no host can have as its address.
func checkAddr(what string, a netip.Addr) error {
	switch {
	case a.Zone() != "":
		return invalidf("%s %s has a zone: leave out %%%s", what, a, a.Zone())
	case a.Is4In6():
		return invalidf("%s %s is an IPv4 address in IPv6 form: write it as %s", what, a, a.Unmap())
	case a.IsMulticast() || a.IsUnspecified():
		return invalidf("%s %s is not the address of a single host", what, a)
	}
	return nil
}
