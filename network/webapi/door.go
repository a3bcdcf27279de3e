package webapi

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"

	"golang.org/x/sys/unix"
)

// door is an address that the API is on.
type door struct {
	net.Listener
	local  bool        // on loopback: requests must say so
	tls    *tls.Config // nil: everybody who comes may call
	tokens string      // file of tokens; "": there are none
}

// doorKey is the key of a context with the door that a request came by, and
// peerKey of one with who is at the other end of a socket.
type (
	doorKey struct{}
	peerKey struct{}
)

// doorOf is the door that a request came by. Another server than ours is taken
// for one on loopback.
func doorOf(r *http.Request) *door {
	if d, ok := r.Context().Value(doorKey{}).(*door); ok {
		return d
	}
	return &door{local: true}
}

// check refuses who may not call, and what a web page can have sent, and tells
// who calls. A browser puts Origin into what a page's scripts and forms post
// (Fetch standard), and Sec-Fetch-Site into all requests, an image's GET too
// (Fetch Metadata); there "none" is what the user typed. A page whose name was
// made to be this machine's (DNS rebinding) looks local to the browser, but has
// its own name as Host.
func (d *door) check(r *http.Request) (who string, err error) {
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Header.Get("Origin") != "" || site != "" && site != "none" {
		return "", refusef(http.StatusForbidden, "refused: this API answers programs, not web pages")
	}
	if d.local && !isLoopback(hostOf(r.Host)) {
		return "", refusef(http.StatusForbidden, "refused: the request is for the host %.100q; call this API as localhost, 127.0.0.1 or [::1]", r.Host)
	}
	if d.tls != nil {
		return d.authenticate(r)
	}
	if peer, ok := r.Context().Value(peerKey{}).(string); ok {
		return peer, nil
	}
	return r.RemoteAddr, nil
}

// authenticate is who has the certificate or token of a request.
func (d *door) authenticate(r *http.Request) (who string, err error) {
	if r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		return fmt.Sprintf("certificate of %s", r.TLS.PeerCertificates[0].Subject), nil
	}
	if d.tokens == "" {
		return "", refusef(http.StatusUnauthorized, "refused: show a certificate that this agent knows the authority of")
	}
	tokens, err := readTokens(d.tokens)
	if err != nil {
		return "", &unreadable{err}
	}
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	name := find(tokens, strings.TrimSpace(text))
	if !strings.EqualFold(scheme, "Bearer") || name == "" {
		return "", refusef(http.StatusUnauthorized, "refused: send a token that this agent knows, with the header Authorization: Bearer …")
	}
	return "token of " + name, nil
}

// unreadable is the error of a file of tokens, which is no client's business.
type unreadable struct{ error }

// hostOf is a host[:port] without the port.
func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
}

// withPeer adds who is at the other end of a connection, where that is a socket.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	c, isUnix := conn.(*net.UnixConn)
	if !isUnix {
		return ctx
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return ctx
	}
	var peer *unix.Ucred
	controlled := raw.Control(func(fd uintptr) { peer, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err != nil || controlled != nil {
		return ctx
	}
	return context.WithValue(ctx, peerKey{}, fmt.Sprintf("uid %d (process %d)", peer.Uid, peer.Pid))
}
