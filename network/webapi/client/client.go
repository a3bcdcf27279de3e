// Package client calls the management API of an agent: the resources below /v1.
//
//	c, err := client.New(client.Config{})
//	blue, err := c.Networks().Create(ctx, client.Network{ID: "blue"})
//	ports, err := c.Ports().List(ctx, client.Filter{"network": "blue"})
//	_, err = c.Networks().Update(ctx, "blue", map[string]any{"mtu": 1400, "rack": "r7", "colour": nil})
//	err = c.Networks().Delete(ctx, "blue")
//
// An answer that is no success is an [Error], which has its status.
package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// DefaultAddress is the socket of the agent of this host.
const DefaultAddress = "unix:///run/vlcp/vlcp.sock"

// Config says where an agent is, and who asks.
type Config struct {
	// Address is unix:///path/of/a/socket, http://host:port or
	// https://host:port; "" for DefaultAddress.
	Address string
	// TLS is for https: the authority of the agent's certificate, and the
	// client's own certificate. nil: what the system trusts.
	TLS *tls.Config
	// Token is what an agent wants that was told to; "" for none. It is sent
	// over https and a unix socket only.
	Token string
}

// Client calls one agent. It may be used by many goroutines.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client
}

// New makes a Client. It does not connect yet. Proxies are not used.
func New(c Config) (*Client, error) {
	address := cmp.Or(c.Address, DefaultAddress)
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the agent: %w", err)
	}
	transport := &http.Transport{TLSClientConfig: c.TLS, ForceAttemptHTTP2: true}
	switch {
	case u.Scheme == "unix" && u.Host == "" && path.IsAbs(u.Path):
		socket := u.Path
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}
		u = &url.URL{Scheme: "http", Host: "localhost"}
	case u.Scheme == "http" && u.Host != "" && c.Token != "":
		return nil, fmt.Errorf("address of the agent: a token is not sent over %s: use https", address)
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "":
	default:
		return nil, fmt.Errorf("address of the agent: %q is none: use unix:///path, http://host:port or https://host:port", address)
	}
	u.Path = strings.TrimSuffix(u.Path, "/") + "/v1"
	return &Client{base: u, token: c.Token, http: &http.Client{Transport: transport}}, nil
}

// Close closes the connections that are idle.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// PhysicalNetworks are the physical networks.
func (c *Client) PhysicalNetworks() Resource[PhysicalNetwork] {
	return Resource[PhysicalNetwork]{c, "physical-networks"}
}

// PhysicalPorts are the physical ports. The id of one is its name, or
// vhost|systemid|bridge|name.
func (c *Client) PhysicalPorts() Resource[PhysicalPort] {
	return Resource[PhysicalPort]{c, "physical-ports"}
}

// Networks are the logical networks.
func (c *Client) Networks() Resource[Network] { return Resource[Network]{c, "networks"} }

// CreateNetwork creates a logical network with its subnets, in one transaction.
func (c *Client) CreateNetwork(ctx context.Context, n NewNetwork) (stored Network, err error) {
	return stored, c.call(ctx, http.MethodPost, c.base.JoinPath(c.Networks().name), n, &stored)
}

// DeleteNetwork deletes a logical network with its subnets, which leave their
// virtual routers, in one transaction.
func (c *Client) DeleteNetwork(ctx context.Context, id string) error {
	return c.Networks().on(ctx, http.MethodDelete, id, url.Values{"subnets": {"true"}}, nil, nil)
}

// Subnets are the subnets of logical networks.
func (c *Client) Subnets() Resource[Subnet] { return Resource[Subnet]{c, "subnets"} }

// Ports are the logical ports.
func (c *Client) Ports() Resource[Port] { return Resource[Port]{c, "ports"} }

// Routers are the virtual routers.
func (c *Client) Routers() Resource[Router] { return Resource[Router]{c, "routers"} }

// RouterInterfaces connect subnets to virtual routers.
func (c *Client) RouterInterfaces() Resource[RouterInterface] {
	return Resource[RouterInterface]{c, "router-interfaces"}
}

// Hosts are the hosts. They announce themselves: there is no Create or Update.
func (c *Client) Hosts() Resource[Host] { return Resource[Host]{c, "hosts"} }
