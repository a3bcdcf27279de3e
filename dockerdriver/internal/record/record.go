// Package record is what the store holds of Docker's networks:
//
//	docker/net/<host>/<NetworkID>            [Network]: what a NetworkID of a host's Docker stands for
//	docker/use/<logical>/<host>/<NetworkID>  [Use]: it uses this logical network; NetworkID "": one is being made
//	docker/making/<host>                     [Making]: what the network sync of the host is making
//	docker/network/<name>                    [Claim]: what the name stands for on all hosts
//	docker/removed/<logical>/<name>          [Removal]: the network of that name was removed
//	docker/gate/<logical>                    whether nobody may begin to use the logical network
//
// In the place of a host, [Shared] stands for all of them.
//
// A logical network that Docker made lives as long as it is used. Who deletes
// it closes it first and then lists its uses; who begins to use it checks in
// the same transaction that it is not closed.
package record

import (
	"errors"
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
)

// ErrClosed means that a logical network is being deleted.
var ErrClosed = errors.New("the logical network is being deleted: try again")

// Network is what a NetworkID of a host's Docker stands for. Docker tells a
// network's options once, in CreateNetwork, and never again.
type Network struct {
	Network  string `json:"network"`            // the logical network
	Attached bool   `json:"attached,omitempty"` // that existed before
	Internal bool   `json:"internal,omitempty"` // --internal: no way out
	Synced   bool   `json:"synced,omitempty"`   // made by the network sync
	Name     string `json:"name,omitempty"`     // its name, once Docker showed it and the name was this logical network's on all hosts
	Removed  bool   `json:"removed,omitempty"`  // Docker removed it; the record goes when nothing is left of it
}

// Use is one use of a logical network.
type Use struct {
	Name string `json:"name,omitempty"` // as of the Network
}

// Making is the Docker network that the network sync of a host is making: the
// CreateNetwork to come is this one.
type Making struct {
	Network string       `json:"network"`
	Name    string       `json:"name"`
	Aux     []netip.Addr `json:"aux,omitempty"` // --aux-address, which the logical network has already

	Abandoned bool `json:"abandoned,omitempty"` // it is not to come any more
}

// Load reads the record of a NetworkID.
func Load(tx *kvstore.Tx, host, networkID string) (Network, bool, error) {
	return kvstore.Load[Network](tx, Key(host, networkID))
}

// Save writes the record of a NetworkID, and that it uses its logical network.
func (n Network) Save(tx *kvstore.Tx, host, networkID string) error {
	if err := Use(Use{n.Name}).save(tx, n.Network, host, networkID); err != nil {
		return err
	}
	return kvstore.Save(tx, Key(host, networkID), n)
}

// Begin is Save of one that begins to use a logical network which existed
// before; ErrClosed. It becomes a Synced one if the network sync is making it.
func (n Network) Begin(tx *kvstore.Tx, host, networkID string) error {
	if err := checkOpen(tx, n.Network); err != nil {
		return err
	}
	making, err := LoadMaking(tx, host)
	if err != nil {
		return err
	}
	n.Synced = making.Network == n.Network && !making.Abandoned
	return n.Save(tx, host, networkID)
}

// Remove notes that Docker removed a network: it uses its logical network no
// more, and if all hosts knew it by its name, they remove it too.
func Remove(tx *kvstore.Tx, host, networkID string) error {
	return end(tx, host, networkID, withdraw)
}

// Lose is Remove of a network that nobody removed: other hosts keep theirs.
func Lose(tx *kvstore.Tx, host, networkID string) error {
	return end(tx, host, networkID, func(*kvstore.Tx, Network, string, string) error { return nil })
}

func end(tx *kvstore.Tx, host, networkID string, tell func(*kvstore.Tx, Network, string, string) error) error {
	n, found, err := Load(tx, host, networkID)
	if err != nil || !found || n.Removed {
		return err
	}
	if err := tell(tx, n, host, networkID); err != nil {
		return err
	}
	tx.Delete(useKey(n.Network, host, networkID))
	n.Removed = true
	return kvstore.Save(tx, Key(host, networkID), n)
}

// Forget ends the record of a NetworkID, removed or not: what other hosts have
// stays.
func Forget(tx *kvstore.Tx, host, networkID string) error {
	n, found, err := Load(tx, host, networkID)
	if err != nil || !found {
		return err
	}
	tx.Delete(useKey(n.Network, host, networkID))
	tx.Delete(Key(host, networkID))
	return nil
}

// LoadMaking reads what the network sync of a host is making. Its key stays, of
// no network, when that is done: so what was lost on its way can't arrive later.
func LoadMaking(tx *kvstore.Tx, host string) (Making, error) {
	m, _, err := kvstore.Load[Making](tx, makingKey(host))
	return m, err
}

// Save begins to make a network, which uses its logical network from now on;
// ErrClosed. What was made before is done.
func (m Making) Save(tx *kvstore.Tx, host string) error {
	if err := checkOpen(tx, m.Network); err != nil {
		return err
	}
	if err := EndMaking(tx, host); err != nil {
		return err
	}
	if err := (Use{m.Name}).save(tx, m.Network, host, ""); err != nil {
		return err
	}
	return kvstore.Save(tx, makingKey(host), m)
}

// AbandonMaking ends what the network sync of a host is making: it does not use
// its logical network any more, which may be left over then, until EndMaking.
func AbandonMaking(tx *kvstore.Tx, host string) (m Making, err error) {
	if m, err = LoadMaking(tx, host); err != nil || m.Network == "" || m.Abandoned {
		return m, err
	}
	tx.Delete(useKey(m.Network, host, ""))
	m.Abandoned = true
	return m, kvstore.Save(tx, makingKey(host), m)
}

// EndMaking ends what the network sync of a host is making.
func EndMaking(tx *kvstore.Tx, host string) error {
	m, err := LoadMaking(tx, host)
	if err != nil || m.Network == "" {
		return err
	}
	tx.Delete(useKey(m.Network, host, ""))
	return kvstore.Save(tx, makingKey(host), Making{})
}

// ForgetMaking ends what the network sync of a host that is gone was making: none
// of its commits can still be on its way.
func ForgetMaking(tx *kvstore.Tx, host string) error {
	e, err := tx.Get(makingKey(host))
	if err == nil && e.Revision != kvstore.Absent {
		err = EndMaking(tx, host)
		tx.Delete(e.Key)
	}
	return err
}

func (u Use) save(tx *kvstore.Tx, logical, host, networkID string) error {
	return kvstore.Save(tx, useKey(logical, host, networkID), u)
}

func checkOpen(tx *kvstore.Tx, logical string) error {
	g, _, err := kvstore.Load[gate](tx, gateKey(logical))
	if err == nil && g.Closed {
		err = ErrClosed
	}
	return err
}
