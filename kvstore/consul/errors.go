package consul

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore"
)

// awayError is an error after which to ask again: whoever decides was not reached,
// or answered a read with a fault.
type awayError struct{ error }

func (e awayError) Unwrap() error { return e.error }

// errSilent stands for the answer that did not come in time.
var errSilent = errors.New("no answer from Consul")

// verdict is what an error of Consul means for the request that met it.
type verdict int

const (
	refused verdict = iota // Consul said no, and would again: nothing was written
	unheard                // nothing was written, and another time it may be
	lost                   // the answer was: it may have been written, or will be
)

// refusals and unheards are what Consul says, in whatever version, where it is sure
// not to have done anything. All else that it says with status 500 may come from
// a leader that lost its office in the middle.
var (
	refusals = []string{
		"Permission denied", "ACL not found", "too many operations", "too large", "Failed to parse body", "Invalid Session TTL",
	}
	denials  = refusals[:2] // that are about the token
	unheards = []string{
		"No cluster leader", "No known Consul servers", "Raft leader not found", "node is not the leader",
		"leadership transfer in progress", "rpc error getting client", "Not ready to serve consistent reads",
		"rate limit exceeded", "too many concurrent connections",
	}
)

// judge tells what an error of Consul's library means. The library gives those of
// a transaction as text alone.
func judge(err error) verdict {
	if status := (api.StatusError{}); errors.As(err, &status) && status.Code < 500 && status.Code != 429 {
		return refused
	}
	switch said := err.Error(); {
	case isTLS(err), saysAnyOf(said, refusals):
		return refused
	case isOp(err, "dial"), saysAnyOf(said, unheards):
		return unheard
	}
	return lost
}

// read is the error of a request that wrote nothing, however it ended.
func read(err error) error {
	if err == nil || judge(err) == refused {
		return err
	}
	return awayError{err}
}

// wrote is the error of a request to write something.
func wrote(err error) error {
	if err == nil {
		return nil
	}
	switch judge(err) {
	case unheard:
		return awayError{err}
	case lost:
		return fmt.Errorf("%w: %w", kvstore.ErrUnknown, err)
	}
	if saysAnyOf(err.Error(), []string{"too many operations", "too large"}) {
		return fmt.Errorf("%w: %w", kvstore.ErrTooLarge, err)
	}
	return err
}

func isAway(err error) bool { return errors.As(err, new(awayError)) }

func saysAnyOf(said string, words []string) bool {
	for _, word := range words {
		if strings.Contains(said, word) {
			return true
		}
	}
	return false
}

// isOp tells at what the network failed. "remote error" is what crypto/tls calls
// an alert of the other side.
func isOp(err error, name string) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == name
}

// isTLS tells that one side did not trust the other, or does not speak TLS.
func isTLS(err error) bool {
	var untrusted *tls.CertificateVerificationError
	return errors.As(err, &untrusted) || isOp(err, "remote error") || strings.Contains(err.Error(), "HTTP response to HTTPS client")
}
