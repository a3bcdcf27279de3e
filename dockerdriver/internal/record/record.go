// Package record is what the store holds of Docker's networks:
//
//	docker/net/<host>/<NetworkID>            [Network]: what a NetworkID of a host's Docker stands for
//	docker/use/<logical>/<host>/<NetworkID>  [Use]: it uses this logical network; NetworkID "": one is being made
//	docker/making/<host>                     [Making]: what the network sync of the host is making
//	docker/network/<name>                    [Claim]: what the name stands for on all hosts
//	docker/removed/<logical>/<name>          [Removal]: the network of that name was removed
//	docker/gate/<logical>                    who wants nobody to begin to use the logical network
//
// In the place of a host, [Shared] stands for all of them.
//
// A logical network that Docker made lives as long as it is used. Who deletes
// it closes it first and then lists its uses; who begins to use it checks in
// the same transaction that it is not closed.
package record

import (
	"errors"

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
	Name     string `json:"name,omitempty"`     // its name, since that has been this logical network's on all hosts
	Leaving  bool   `json:"leaving,omitempty"`  // it is being removed because another host's was
	Removed  bool   `json:"removed,omitempty"`  // Docker removed it; the record goes when nothing is left of it
}

// Own is the logical network that is made for a NetworkID.
func Own(networkID string) string { return "docker-" + networkID + "-lognet" }

// Use is one use of a logical network.
type Use struct {
	Name string `json:"name,omitempty"` // as of the Network
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
// before; ErrClosed. One that the network sync of the host makes has its name from
// the start; ErrGone where that is not to come any more.
func (n Network) Begin(tx *kvstore.Tx, host, networkID string, synced bool) error {
	if err := checkOpen(tx, n.Network); err != nil {
		return err
	}
	if synced {
		making, err := LoadMaking(tx, host)
		switch {
		case err != nil:
			return err
		case making.Network != n.Network || making.Abandoned:
			return ErrGone
		}
		n.Name, making.NetworkID = making.Name, networkID
		if err := kvstore.Save(tx, makingKey(host), making); err != nil {
			return err
		}
	}
	return n.Save(tx, host, networkID)
}

// Leave notes that a network is being removed because another host's was, so
// that [Remove] tells no further; ErrGone where it is not to go any more.
func Leave(tx *kvstore.Tx, host, networkID string) error {
	n, found, err := Load(tx, host, networkID)
	switch {
	case err != nil:
		return err
	case !found || n.Removed || n.Name == "":
		return ErrGone
	}
	removal, err := tx.Get(removalKey(n.Network, n.Name))
	switch {
	case err != nil:
		return err
	case removal.Revision == kvstore.Absent:
		return ErrGone
	}
	n.Leaving = true
	return n.Save(tx, host, networkID)
}

// Remove notes that Docker removed a network: it uses its logical network no
// more, and if all hosts knew it by its name, they remove it too. Of what the
// network sync is making [Made] tells whether that was removed or failed.
func Remove(tx *kvstore.Tx, host, networkID string) error {
	return end(tx, host, networkID, func(n Network) error {
		making, err := LoadMaking(tx, host)
		if err != nil || n.Leaving || making.NetworkID == networkID && !making.Abandoned {
			return err
		}
		return withdraw(tx, n.Network, n.Name, host, networkID)
	})
}

// Lose is Remove of a network that nobody removed: other hosts keep theirs.
func Lose(tx *kvstore.Tx, host, networkID string) error {
	return end(tx, host, networkID, func(Network) error { return nil })
}

func end(tx *kvstore.Tx, host, networkID string, tell func(Network) error) error {
	n, found, err := Load(tx, host, networkID)
	if err != nil || !found || n.Removed {
		return err
	}
	if err := tell(n); err != nil {
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

func (u Use) save(tx *kvstore.Tx, logical, host, networkID string) error {
	return kvstore.Save(tx, useKey(logical, host, networkID), u)
}

func checkOpen(tx *kvstore.Tx, logical string) error {
	g, _, err := kvstore.Load[gate](tx, gateKey(logical))
	if err == nil && len(g.Closers) > 0 {
		err = ErrClosed
	}
	return err
}
