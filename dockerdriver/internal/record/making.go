package record

import (
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Making is the Docker network that the network sync of a host is making: the
// CreateNetwork to come is this one.
type Making struct {
	Network string       `json:"network"`
	Name    string       `json:"name"`
	Aux     []netip.Addr `json:"aux,omitempty"` // --aux-address, which the logical network has already

	NetworkID string `json:"networkid,omitempty"` // once CreateNetwork has come
	Abandoned bool   `json:"abandoned,omitempty"` // it is not to come any more
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

// Made ends what the network sync of a host was making: Docker made it. Where it
// was removed at once it is abandoned, and all hosts remove it.
func Made(tx *kvstore.Tx, host, networkID string) (gone bool, err error) {
	n, found, err := Load(tx, host, networkID)
	if err != nil {
		return false, err
	}
	if found && !n.Removed {
		return false, EndMaking(tx, host)
	}
	m, err := AbandonMaking(tx, host)
	if err == nil {
		err = withdraw(tx, m.Network, m.Name, host, networkID)
	}
	return true, err
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
