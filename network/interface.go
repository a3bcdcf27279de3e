package network

import (
	"context"
	"net/netip"
	"slices"

	"github.com/vlcp-go/vlcp/kvstore"
)

// RouterInterface is where a subnet meets a virtual router. A subnet is in one
// router at most, an external one in any number, and once in each.
type RouterInterface struct {
	ID      string         `json:"id"`
	Router  string         `json:"router"`
	Subnet  string         `json:"subnet"`
	Network string         `json:"network"`             // of the subnet
	Address netip.Addr     `json:"ip_address,omitzero"` // zero: the subnet's gateway
	Meta    map[string]any `json:"-"`
}

func interfaceID(i RouterInterface) string { return i.ID }

// check refuses what is wrong with an interface whatever else there is.
func (i RouterInterface) check() error {
	if err := checkID(i.ID); err != nil {
		return err
	}
	switch {
	case i.Router == "":
		return invalidf("the virtual router is missing")
	case i.Subnet == "":
		return invalidf("the subnet is missing")
	}
	if i.Address.IsValid() {
		if err := checkAddr("ip_address", i.Address); err != nil {
			return err
		}
	}
	return checkMeta(i.Meta, routerInterfaceNames)
}

// CreateRouterInterfaces connects subnets to virtual routers. An Address is one
// of the subnet's CIDR that nobody has, inside the range of its ports or not; the
// subnet's gateway is stored as zero. ErrExists, also for a subnet that is in
// the router; ErrInUse for one that is in another router, and for an address;
// ErrInvalid, also for prefixes of one router that overlap, for an external
// subnet, and for one without gateway where Address is zero; ErrNotFound or
// ErrDeleting for the router, the subnet or its logical network.
func (m *Model) CreateRouterInterfaces(ctx context.Context, interfaces ...RouterInterface) ([]RouterInterface, error) {
	c := creating(KindInterface, len(interfaces))
	interfaces = slices.Clone(interfaces)
	err := each(c, interfaces, interfaceID, func(i *RouterInterface) error {
		i.ID = c.idOr(i.ID)
		return i.check()
	})
	if err == nil {
		err = c.distinct(project(interfaces, interfaceID))
	}
	var stored []RouterInterface
	if err == nil {
		err = m.update(ctx, c, func(t *txn) error {
			stored = slices.Clone(interfaces)
			return each(c, stored, interfaceID, func(i *RouterInterface) error { return t.createInterface(m.host, i) })
		})
	}
	if err != nil {
		return nil, err
	}
	return stored, nil
}

func (t *txn) createInterface(host string, i *RouterInterface) error {
	e, err := t.Get(interfaceKey(i.Router, i.ID))
	if err != nil {
		return err
	}
	if t.mine(e) {
		*i, err = kvstore.Decode[RouterInterface](e)
		return err
	}
	router, err := load[Router](t, KindRouter, routerKey(i.Router), i.Router)
	if err != nil {
		return err
	}
	if e.Revision != kvstore.Absent {
		return exists(e)
	}
	other, err := t.claim(interfaceIndex(i.ID), router.ID)
	if err == nil && other != "" {
		err = faultf(ErrExists, "it exists already, in virtual router %q: choose another id", other)
	}
	if err != nil {
		return err
	}
	return t.connect(host, &router, i)
}
