package dockerdriver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	dnet "github.com/docker/go-plugins-helpers/network"

	"github.com/vlcp-go/vlcp/dockerdriver/internal/record"
	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
)

// portID is the logical port of an endpoint.
func portID(endpointID string) string { return "docker-" + endpointID }

// createEndpoint makes a port with its interface. Docker holds a lock on the
// network meanwhile: what is slow happens in join.
func (s *Server) createEndpoint(ctx context.Context, req dnet.CreateEndpointRequest) (answer dnet.CreateEndpointResponse, err error) {
	rec, err := s.recall(ctx, req.NetworkID)
	if err != nil {
		return answer, err
	}
	asked := dnet.EndpointInterface{}
	if req.Interface != nil {
		asked = *req.Interface
	}
	port, err := s.port(rec, req, asked)
	if err != nil {
		return answer, err
	}
	att, err := s.Driver.Plug(ctx, network.Plug{Port: port})
	if err != nil {
		if !errors.Is(err, network.ErrExists) {
			s.do(ctx, s.unplugging("CreateEndpoint", req.EndpointID)) // what may be there: Docker won't ask for it
		}
		return answer, endpointError(err)
	}
	s.endpoints.put(req.EndpointID, att)
	return dnet.CreateEndpointResponse{Interface: supplied(asked, att)}, nil
}

// port is the logical port that Docker asks for.
func (s *Server) port(rec record.Network, req dnet.CreateEndpointRequest, asked dnet.EndpointInterface) (p network.Port, err error) {
	if p, err = endpointOptions(req.Options); err != nil {
		return p, err
	}
	p.ID, p.Network = portID(req.EndpointID), rec.Network
	p.Owner = network.Owner{Face: face, Endpoint: req.EndpointID}
	if p.MAC, err = macAddress(asked.MacAddress); err != nil {
		return p, err
	}
	for _, text := range []string{asked.Address, asked.AddressIPv6} {
		if text == "" {
			continue
		}
		a, err := netip.ParsePrefix(text)
		if err != nil {
			return p, fmt.Errorf("the address %q of the endpoint can't be read: %w", text, err)
		}
		p.Addresses = append(p.Addresses, network.Address{Address: a.Addr()})
	}
	return p, nil
}

// endpointOptions reads what the user said of the endpoint (--driver-opt);
// what Docker itself says, and anything else, is kept with the port.
func endpointOptions(docker map[string]any) (network.Port, error) {
	params := map[string]any{}
	for name, value := range docker {
		if !strings.HasPrefix(name, "com.docker.network.") {
			var err error
			if value, err = typed(endpointOption+name, value); err != nil {
				return network.Port{}, err
			}
		}
		params[name] = value
	}
	p, err := param.Port(params)
	return p, optionError(endpointOption, err)
}

// macAddress reads the MAC that a user chose.
func macAddress(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	mac, err := net.ParseMAC(text)
	if err != nil || len(mac) != 6 || mac[0]&1 != 0 {
		return "", fmt.Errorf("--mac-address %s: give the address of one interface, such as 02:00:00:00:00:01", text)
	}
	return mac.String(), nil
}

// supplied is what Docker did not say of the interface. Docker fails where it
// is told what it said itself, even if it is the same.
func supplied(asked dnet.EndpointInterface, att network.Attachment) *dnet.EndpointInterface {
	answer := &dnet.EndpointInterface{}
	if asked.MacAddress == "" {
		answer.MacAddress = att.Port.MAC
	}
	for i, a := range att.Port.Addresses {
		text := netip.PrefixFrom(a.Address, att.Subnets[i].Prefix.Bits()).String()
		switch {
		case a.Address.Is4() && asked.Address == "":
			answer.Address = text
		case a.Address.Is6() && asked.AddressIPv6 == "":
			answer.AddressIPv6 = text
		}
	}
	return answer
}

// deleteEndpoint removes the port. Its addresses Docker gives back after that.
func (s *Server) deleteEndpoint(ctx context.Context, req dnet.DeleteEndpointRequest) (empty, error) {
	s.do(ctx, s.unplugging("DeleteEndpoint", req.EndpointID))
	return empty{}, nil
}

func (s *Server) unplugging(call, endpointID string) *job {
	j := &job{call: call, id: endpointID, port: true}
	if att, found := s.endpoints.get(endpointID); found {
		j.addresses = []netip.Addr{}
		for _, a := range att.Port.Addresses {
			j.addresses = append(j.addresses, a.Address)
		}
	}
	j.run = func(ctx context.Context) error {
		err := s.Driver.Unplug(ctx, portID(endpointID))
		if err == nil {
			s.endpoints.delete(endpointID)
		}
		return err
	}
	return j
}

// endpointInfo says what is known of an endpoint without asking anybody: Docker
// asks several times for each endpoint of a container, and fails its start on an
// error.
func (s *Server) endpointInfo(_ context.Context, req dnet.InfoRequest) (dnet.InfoResponse, error) {
	value := map[string]string{}
	if att, found := s.endpoints.get(req.EndpointID); found {
		value["logical_port"] = att.Port.ID
		value["logical_network"] = att.Network.ID
		value["mac_address"] = att.Port.MAC
		value["device"] = att.Device
	}
	return dnet.InfoResponse{Value: value}, nil
}
