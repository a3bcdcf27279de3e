package dockerdriver

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"

	dipam "github.com/docker/go-plugins-helpers/ipam"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/network"
)

const (
	spacePrefix = "vlcp-" // of our address spaces

	optionRequestType = "RequestAddressType"
	gatewayRequest    = "com.docker.network.gateway" // a value of it, and the key of the Data of a pool
)

// ipamCapabilitiesResponse is dipam.CapabilitiesResponse, which lacks a field.
type ipamCapabilitiesResponse struct{ RequiresMACAddress, RequiresRequestReplay bool }

func ipamCapabilities(context.Context, empty) (ipamCapabilitiesResponse, error) {
	return ipamCapabilitiesResponse{}, nil
}

// addressSpaces answers a new token each time. Docker asks for every network
// it creates (once in its life, before Docker 24), and says it in RequestPool
// and CreateNetwork: nothing else ties a pool to its network.
func addressSpaces(context.Context, empty) (dipam.AddressSpacesResponse, error) {
	token := spacePrefix + strings.ToLower(rand.Text())
	return dipam.AddressSpacesResponse{LocalDefaultAddressSpace: token, GlobalDefaultAddressSpace: token}, nil
}

// ours tells an address space of ours from one of another IPAM driver.
func ours(space string) bool { return strings.HasPrefix(space, spacePrefix) }

// requestPool makes an address pool, or with --ipam-opt network=ID finds that
// of a logical network.
func (s *Server) requestPool(ctx context.Context, req dipam.RequestPoolRequest) (dipam.RequestPoolResponse, error) {
	r, err := poolRequest(req)
	if err != nil {
		return dipam.RequestPoolResponse{}, err
	}
	if id, given := req.Options[optionNetwork]; given {
		return s.referToPool(ctx, id, r)
	}
	pool, err := s.IPAM.RequestPool(ctx, r)
	if err != nil {
		return dipam.RequestPoolResponse{}, err
	}
	return dipam.RequestPoolResponse{PoolID: pool.ID, Pool: pool.Handle.String()}, nil
}

func poolRequest(req dipam.RequestPoolRequest) (r ipam.PoolRequest, err error) {
	if !ours(req.AddressSpace) {
		return r, fmt.Errorf("the address space %q is not one of vlcp", req.AddressSpace)
	}
	r = ipam.PoolRequest{Space: req.AddressSpace, V6: req.V6, Options: req.Options}
	if r.Prefix, err = optionalPrefix("--subnet", req.Pool); err == nil {
		r.Range, err = optionalPrefix("--ip-range", req.SubPool)
	}
	return r, err
}

func optionalPrefix(option, text string) (p netip.Prefix, err error) {
	if text == "" {
		return p, nil
	}
	if p, err = netip.ParsePrefix(text); err != nil {
		return p, fmt.Errorf("%s %q is no subnet, such as 192.168.1.0/24", option, text)
	}
	return p, nil
}

// referToPool answers the pool of a logical network that exists, and the
// gateway with it.
func (s *Server) referToPool(ctx context.Context, id string, r ipam.PoolRequest) (answer dipam.RequestPoolResponse, err error) {
	spec, err := s.Driver.Network(ctx, id)
	if err != nil {
		return answer, fmt.Errorf("--ipam-opt network=%s: %w", id, err)
	}
	for _, sub := range spec.Subnets {
		if sub.Prefix == r.Prefix || !r.Prefix.IsValid() && sub.Prefix.Addr().Is6() == r.V6 {
			return dipam.RequestPoolResponse{
				PoolID: sub.Pool, Pool: sub.Prefix.String(), Data: map[string]string{gatewayRequest: gatewayOf(sub)},
			}, nil
		}
	}
	return answer, fmt.Errorf("--ipam-opt network=%s: it has no such subnet, it has %s", id, prefixes(spec.Subnets))
}

// gatewayOf is a subnet's gateway as Docker's Data gives it: 0.0.0.0/0 says
// that there is none.
func gatewayOf(sub network.Subnet) string {
	switch {
	case sub.Gateway.IsValid():
		return netip.PrefixFrom(sub.Gateway, sub.Prefix.Bits()).String()
	case sub.Prefix.Addr().Is4():
		return "0.0.0.0/0"
	}
	return "::/0"
}
