package cli

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// reader makes an attribute's value of a flag's text. had is what the same flag,
// given before, made.
type reader struct {
	typ  string // for the help
	read func(had any, text string) (any, error)
}

// The types of attributes.
var (
	text   = reader{"string", func(_ any, s string) (any, error) { return s, nil }}
	number = reader{"int", one(func(s string) (any, error) { return strconv.ParseUint(s, 10, 32) }, "number such as 1400")}
	truth  = reader{"bool", one(func(s string) (any, error) { return strconv.ParseBool(s) }, "true or false")}
	ip     = reader{"ip", one(parseIP, "address such as 10.1.0.1")}
	ips    = reader{"ips", listOf(parseIP, "address such as 10.1.0.1")}
	cidr   = reader{"cidr", one(func(s string) (any, error) { return netip.ParsePrefix(s) }, "network such as 10.1.0.0/24")}
	cidrs  = reader{"cidrs", listOf(parseCIDR, "address or network such as 10.1.0.0/24")}
	ranges = reader{"FIRST-LAST", listOf(parseRange, "range such as 10000-20000")}
	pairs  = reader{"A=B", listOf(parsePair, "pair with a = in between")}
	// plugs are the addresses of a port: each an address, or the id of a subnet.
	plugs = reader{"strings", listOf(parsePlug, "")}
)

// one reads a value; what it can't read is no form.
func one(parse func(string) (any, error), form string) func(any, string) (any, error) {
	return func(_ any, s string) (any, error) {
		v, err := parse(s)
		if err != nil {
			return nil, fmt.Errorf("it is no %s", form)
		}
		return v, nil
	}
}

// listOf reads elements with a comma in between; the flag may be repeated.
func listOf(parse func(string) (any, error), form string) func(any, string) (any, error) {
	return func(had any, s string) (any, error) {
		list, _ := had.([]any)
		list = slices.Clone(list)
		for element := range strings.SplitSeq(s, ",") {
			v, err := one(parse, form)(nil, strings.TrimSpace(element))
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
}

// parseRange reads 10000-20000, or one number.
func parseRange(s string) (any, error) {
	first, last, found := strings.Cut(s, "-")
	if !found {
		last = first
	}
	a, err := strconv.ParseUint(first, 10, 32)
	b, err2 := strconv.ParseUint(last, 10, 32)
	return []uint64{a, b}, errors.Join(err, err2)
}

func parseIP(s string) (any, error) { return netip.ParseAddr(s) }

// parseCIDR reads a network, or an address as a network of one.
func parseCIDR(s string) (any, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Prefix(a.BitLen())
	}
	return netip.ParsePrefix(s)
}

// parsePlug reads an address of a port, or the id of the subnet that gives it one.
func parsePlug(s string) (any, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return client.Address{Address: a}, nil
	}
	return client.Address{Subnet: s}, nil
}

func parsePair(s string) (any, error) {
	a, b, found := strings.Cut(s, "=")
	if !found {
		return nil, strconv.ErrSyntax
	}
	return []string{a, b}, nil
}
