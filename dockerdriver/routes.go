package dockerdriver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	dnet "github.com/docker/go-plugins-helpers/network"
)

// Handler serves the calls of both drivers. [Server.Run] must run beside it;
// [Server.Serve] does both.
//
// It speaks the types of go-plugins-helpers, but is not its sdk.Handler, which
// keeps its http.Server to itself: Serve could not end without breaking calls.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	r := router{server: s, mux: mux}

	route(r, "Plugin.Activate", nil, activate)

	route(r, "NetworkDriver.GetCapabilities", nil, s.networkCapabilities)
	route(r, "NetworkDriver.GwAllocCheck", anyID, gwAllocCheck)
	route(r, "NetworkDriver.AllocateNetwork", networkID, allocateNetwork)
	route(r, "NetworkDriver.FreeNetwork", networkID, s.freeNetwork)
	route(r, "NetworkDriver.CreateNetwork", networkID, s.createNetwork)
	route(r, "NetworkDriver.DeleteNetwork", networkID, s.deleteNetwork)
	route(r, "NetworkDriver.CreateEndpoint", endpointID, s.createEndpoint)
	route(r, "NetworkDriver.DeleteEndpoint", endpointID, s.deleteEndpoint)
	route(r, "NetworkDriver.EndpointOperInfo", endpointID, s.endpointInfo)
	route(r, "NetworkDriver.Join", endpointID, s.join)
	route(r, "NetworkDriver.Leave", endpointID, nothing)
	route(r, "NetworkDriver.ProgramExternalConnectivity", endpointID, nothing)
	route(r, "NetworkDriver.RevokeExternalConnectivity", endpointID, nothing)
	route(r, "NetworkDriver.DiscoverNew", anyID, nothing)
	route(r, "NetworkDriver.DiscoverDelete", anyID, nothing)

	route(r, "IpamDriver.GetCapabilities", nil, ipamCapabilities)
	route(r, "IpamDriver.GetDefaultAddressSpaces", nil, addressSpaces)
	route(r, "IpamDriver.RequestPool", anyID, s.requestPool)
	route(r, "IpamDriver.ReleasePool", poolID, s.releasePool)
	route(r, "IpamDriver.RequestAddress", poolID, s.requestAddress)
	route(r, "IpamDriver.ReleaseAddress", poolID, s.releaseAddress)
	return mux
}

type router struct {
	server *Server
	mux    *http.ServeMux
}

// route serves a call; check is nil for one without parameters.
func route[Q, A any](r router, name string, check check, fn func(context.Context, Q) (A, error)) {
	r.mux.HandleFunc("POST /"+name, handle(r.server, name, check, fn))
}

// empty is {}: the parameters or the answer of a call that has none.
type empty struct{}

// nothing is a call that needs nothing done.
func nothing(context.Context, empty) (empty, error) { return empty{}, nil }

// manifest is what this plugin is.
type manifest struct{ Implements []string }

func activate(context.Context, empty) (manifest, error) {
	return manifest{Implements: []string{"NetworkDriver", "IpamDriver"}}, nil
}

// capabilitiesResponse is dnet.CapabilitiesResponse, which lacks a field.
type capabilitiesResponse struct {
	dnet.CapabilitiesResponse
	GwAllocChecker bool // GwAllocCheck is answered, which Docker 28 and newer call
}

func (s *Server) networkCapabilities(context.Context, empty) (capabilitiesResponse, error) {
	scope := cmp.Or(s.Scope, ScopeLocal)
	return capabilitiesResponse{dnet.CapabilitiesResponse{Scope: scope, ConnectivityScope: dnet.GlobalScope}, true}, nil
}

// allocateNetwork gives a Swarm manager the options back: the nodes'
// CreateNetwork gets only what is answered here.
func allocateNetwork(_ context.Context, req dnet.AllocateNetworkRequest) (dnet.AllocateNetworkResponse, error) {
	return dnet.AllocateNetworkResponse{Options: req.Options}, nil
}

// validID is what Docker names networks and endpoints with: 64 hexadecimal
// digits, or in Swarm mode 25 letters and digits.
var validID = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_.-]{0,127}$`)

func anyID(ids) error { return nil }

func networkID(id ids) error { return checkID("NetworkID", id.NetworkID) }

func endpointID(id ids) error {
	return errors.Join(checkID("NetworkID", id.NetworkID), checkID("EndpointID", id.EndpointID))
}

func poolID(id ids) error {
	if id.PoolID == "" {
		return errors.New("PoolID is missing")
	}
	return nil
}

func checkID(name, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%s is missing", name)
	case !validID.MatchString(id):
		return fmt.Errorf("%s %.140q is no id of Docker", name, id)
	}
	return nil
}
