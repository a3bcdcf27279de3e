package webapi

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// contents are objects that come and go with the one that they are in, in the
// same transaction: with a POST that has them as an attribute, and a DELETE with
// a parameter of this name.
type contents[T any] struct {
	name   string
	taken  reflect.Type // what POST takes
	create func(context.Context, *network.Model, values) (T, error)
	remove func(*network.Model, context.Context, ...string) error
}

// subnetsOfNetwork are those of a logical network.
func subnetsOfNetwork() *contents[network.Network] {
	return &contents[network.Network]{
		name:   "subnets",
		taken:  reflect.TypeFor[newNetwork](),
		create: createNetworkAndSubnets,
		remove: (*network.Model).DeleteNetworksAndSubnets,
	}
}

func createNetworkAndSubnets(ctx context.Context, m *network.Model, body values) (network.Network, error) {
	spec, err := param.Spec(body)
	if err != nil {
		return network.Network{}, err
	}
	stored, err := m.CreateNetworks(ctx, spec)
	if err != nil {
		return network.Network{}, err
	}
	return stored[0], nil
}

// along tells whether a DELETE takes the contents along.
func (c *contents[T]) along(r *http.Request) (bool, error) {
	if c == nil || !r.URL.Query().Has(c.name) {
		return false, nil
	}
	along, err := strconv.ParseBool(r.URL.Query().Get(c.name))
	if err != nil {
		err = &param.Error{Name: c.name, Err: errors.New("is true or false")}
	}
	return along, err
}

// The rest documents the operations on the objects.

// form is what POST takes, for objects of a type.
func (c *contents[T]) form(object reflect.Type) reflect.Type {
	if c == nil {
		return object
	}
	return c.taken
}

// parameters are those of DELETE.
func (c *contents[T]) parameters() []*huma.Param {
	if c == nil {
		return nil
	}
	return []*huma.Param{{
		Name: c.name, In: "query", Schema: &huma.Schema{Type: huma.TypeBoolean, Default: false},
		Description: "true: its " + c.name + " go with it, out of their virtual routers too, in the same transaction; false: while it has any, it is not deleted",
	}}
}

// statuses are those of DELETE, and others.
func (c *contents[T]) statuses(others ...int) []int {
	if c == nil {
		return others
	}
	return append(others, http.StatusUnprocessableEntity)
}

// newNetwork is a logical network that is created with its subnets.
type newNetwork struct {
	_ struct{} `additionalProperties:"true"`
	client.Network
	Subnets []newSubnet `json:"subnets,omitempty" nullable:"false" doc:"are created with it, in the same transaction"`
	Router  string      `json:"router,omitempty" doc:"id of a virtual router that the subnets are connected to, by interfaces with their ids" example:"edge"`
}

// newSubnet is a subnet of one.
type newSubnet struct {
	_ struct{} `additionalProperties:"true"`
	client.Subnet
	Network string `json:"-"`
}
