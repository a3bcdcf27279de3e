package network

import (
	"errors"
	"math"
	"net/netip"
	"regexp"
	"strings"
	"testing"
)

func TestCheckID(t *testing.T) {
	tests := []struct {
		id   string
		want string // part of the error; "" if it is fine
	}{
		{"net1", ""},
		{"docker-0123456789abcdef-lognet", ""},
		{"a.b/c d", ""},
		{"..", ""},
		{"Netz für Übung", ""},
		{strings.Repeat("x", maxKeyID), ""},
		{"", "missing"},
		{strings.Repeat("x", maxKeyID+1), "at most 245"},
		{strings.Repeat("x", maxID+1), "at most 255"},
		{strings.Repeat("/", 82), "takes 246 bytes in the store"},
		{"a\xff", "UTF-8"},
		{"a\nb", "control"},
		{"a\x7fb", "control"},
		{"a\u0085b", "control"},
	}
	for _, tt := range tests {
		checkError(t, tt.id, checkID(tt.id), ErrInvalid, tt.want)
	}
}

// checkError compares an error with its sentinel and a part of its text; "" is
// for no error.
func checkError(t *testing.T, what string, err, kind error, text string) {
	t.Helper()
	switch {
	case text == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case text != "" && (!errors.Is(err, kind) || !strings.Contains(err.Error(), text)):
		t.Errorf("%s: error %v, want one that is %q and says %q", what, err, kind, text)
	}
}

func TestNewIDIsARandomUUID(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	a, b := newID(), newID()
	if a == b || !form.MatchString(a) || !form.MatchString(b) {
		t.Errorf("ids %q and %q", a, b)
	}
}

func TestNormalMAC(t *testing.T) {
	tests := []struct{ mac, want, fail string }{
		{"02:00:00:00:00:01", "02:00:00:00:00:01", ""},
		{"0A:bC:DE:f0:12:34", "0a:bc:de:f0:12:34", ""},
		{"", "", "form"},
		{"02-00-00-00-00-01", "", "form"},
		{"0200.0000.0001", "", "form"},
		{"02:00:00:00:00", "", "form"},
		{"02:00:00:00:00:0g", "", "form"},
		{"02:00:00:00:00:01:02:03", "", "form"},
		{"01:00:00:00:00:01", "", "group address"},
		{"ff:ff:ff:ff:ff:ff", "", "group address"},
		{"00:00:00:00:00:00", "", "is no address"},
	}
	for _, tt := range tests {
		got, err := normalMAC(tt.mac)
		checkError(t, tt.mac, err, ErrInvalid, tt.fail)
		if got != tt.want {
			t.Errorf("normalMAC(%q) = %q, want %q", tt.mac, got, tt.want)
		}
	}
}

func TestCheckMeta(t *testing.T) {
	tests := []struct {
		meta map[string]any
		of   map[string]bool
		want string
	}{
		{nil, networkNames, ""},
		{map[string]any{"colour": "red", "list": []any{1, "a"}, "com.docker.network.x": nil}, networkNames, ""},
		{map[string]any{"MTU": 1}, networkNames, ""},
		{map[string]any{"mtu": 1}, networkNames, `"mtu" has a meaning`},
		{map[string]any{"vni": 1}, networkNames, `"vni" has a meaning`},
		{map[string]any{"domain_name": "x"}, networkNames, `"domain_name" has a meaning`},
		{map[string]any{"vlanrange": 1}, physicalNames, `"vlanrange" has a meaning`},
		{map[string]any{"name": 1}, physicalPortNames, `"name" has a meaning`},
		{map[string]any{"cidr": 1}, subnetNames, `"cidr" has a meaning`},
		{map[string]any{"owner": 1}, portNames, `"owner" has a meaning`},
		{map[string]any{"a\x00": 1}, portNames, "control"},
		{map[string]any{"f": func() {}}, portNames, "can't be stored"},
		{map[string]any{"f": math.NaN()}, portNames, "can't be stored"},
	}
	for _, tt := range tests {
		checkError(t, tt.want, checkMeta(tt.meta, tt.of), ErrInvalid, tt.want)
	}
}

func TestCheckDHCP(t *testing.T) {
	tests := []struct {
		dhcp DHCP
		want string
	}{
		{DHCP{}, ""},
		{DHCP{LeaseTime: "infinite", ExtraDHCPOptions: []any{[]any{66, "x"}, []any{"OPTION_X", nil}}}, ""},
		{DHCP{LeaseTime: "86400", DNSNameservers: []netip.Addr{addr("9.9.9.9")}, DomainName: "a.example"}, ""},
		{DHCP{LeaseTime: "-1"}, "lease_time"},
		{DHCP{LeaseTime: "1h"}, "lease_time"},
		{DHCP{DNSNameservers: []netip.Addr{{}}}, "dns_nameservers"},
		{DHCP{NTPServers: []netip.Addr{{}}}, "ntp_servers"},
		{DHCP{DomainName: "a\nb"}, "control"},
		{DHCP{DomainName: strings.Repeat("a", 256)}, "at most 255"},
		{DHCP{ExtraDHCPOptions: []any{66}}, "not a pair"},
		{DHCP{ExtraDHCPOptions: []any{[]any{66}}}, "not a pair"},
		{DHCP{ExtraDHCPOptions: []any{[]any{66, func() {}}}}, "can't be stored"},
	}
	for _, tt := range tests {
		checkError(t, tt.want, tt.dhcp.check(), ErrInvalid, tt.want)
	}
}
