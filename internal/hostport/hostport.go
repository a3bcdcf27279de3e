// Package hostport reads the hosts in the URLs of stores.
package hostport

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Parse reads HOST or HOST:PORT, where an IPv6 address may stand in brackets, and
// answers host:port. The error goes on from "the URL of the store".
func Parse(text, defaultPort string) (string, error) {
	if text == "" {
		return "", errors.New("has an empty host")
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = strings.Trim(text, "[]"), defaultPort
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("has the port %q, which is no number from 1 to 65535", port)
	}
	if host == "" {
		return "", errors.New("has an empty host")
	}
	return net.JoinHostPort(host, port), nil
}
