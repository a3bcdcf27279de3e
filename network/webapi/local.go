package webapi

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// checkLocal refuses what a web page can have sent. A browser puts Origin into
// what a page's scripts and forms post (Fetch standard), and Sec-Fetch-Site into
// all requests, an image's GET too (Fetch Metadata); there "none" is what the
// user typed. A page whose name was made to be this machine's (DNS rebinding)
// looks local to the browser, but has its own name as Host.
func checkLocal(r *http.Request) error {
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Header.Get("Origin") != "" || site != "" && site != "none" {
		return refusef(http.StatusForbidden, "refused: this API answers programs on this machine, not web pages")
	}
	if !isLoopback(hostOf(r.Host)) {
		return refusef(http.StatusForbidden, "refused: the request is for the host %.100q; call this API as localhost, 127.0.0.1 or [::1]", r.Host)
	}
	return nil
}

// hostOf is a host[:port] without the port.
func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
}

// isLoopback tells whether a host is this machine by its very name.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
