package record

import (
	"errors"
	"net/netip"

	"github.com/vlcp-go/vlcp/kvstore"
)

// Claim is what the name of a Docker network stands for on all hosts, and how
// each makes it.
type Claim struct {
	Network   string `json:"network"`   // the logical network
	Host      string `json:"host"`      // who made it first
	NetworkID string `json:"networkid"` // and what it is there
	Spec      Spec   `json:"spec"`
}

// Spec is what `docker network create` was told, as `docker network inspect`
// shows it.
type Spec struct {
	Options     map[string]string `json:"options,omitempty"`      // -o
	Labels      map[string]string `json:"labels,omitempty"`       // --label
	IPAMOptions map[string]string `json:"ipam_options,omitempty"` // --ipam-opt
	Subnets     []Subnet          `json:"subnets,omitempty"`
	Internal    bool              `json:"internal,omitempty"`
	Attachable  bool              `json:"attachable,omitempty"`
	IPv6        bool              `json:"ipv6,omitempty"`    // --ipv6
	NoIPv4      bool              `json:"no_ipv4,omitempty"` // --ipv4=false
}

// Subnet is one --subnet with what belongs to it.
type Subnet struct {
	Subnet  string            `json:"subnet,omitempty"`
	Range   string            `json:"range,omitempty"`
	Gateway string            `json:"gateway,omitempty"`
	Aux     map[string]string `json:"aux,omitempty"` // addresses by name
}

// Reserved are all addresses that no container gets.
func (s Spec) Reserved() (all []netip.Addr) {
	for _, sub := range s.Subnets {
		for _, text := range sub.Aux {
			if a, err := netip.ParseAddr(text); err == nil {
				all = append(all, a)
			}
		}
	}
	return all
}

// Removal says that the Docker network of a logical network and a name was
// removed somewhere. It lasts until no host has it any more.
type Removal struct {
	Network string
	Name    string
}

// ErrTaken means that a name stands for another logical network.
var ErrTaken = errors.New("the name is another network's")

// ErrGone means that what was to be changed is not there any more, or not as it
// was.
var ErrGone = errors.New("it changed meanwhile")

// Take has a name stand for the logical network of a NetworkID, or finds that it
// does already. ErrTaken where it stands for another one; ErrGone where Docker
// removed the network, or all hosts are to. What a user made again under the
// name of something removed is there to stay.
func (c Claim) Take(tx *kvstore.Tx, name string) error {
	n, found, err := Load(tx, c.Host, c.NetworkID)
	if err != nil {
		return err
	}
	if !found || n.Removed || n.Network != c.Network {
		return ErrGone
	}
	now, taken, err := LoadClaim(tx, name)
	switch {
	case err != nil:
		return err
	case taken && now.Network != c.Network:
		return ErrTaken
	case !taken:
		if err := c.save(tx, name, n); err != nil {
			return err
		}
	}
	n.Name, n.Leaving = name, false
	return n.Save(tx, c.Host, c.NetworkID)
}

func (c Claim) save(tx *kvstore.Tx, name string, n Network) error {
	removal, err := tx.Get(removalKey(c.Network, name))
	switch {
	case err != nil:
		return err
	case removal.Revision != kvstore.Absent && n.Name == name:
		return ErrGone
	case removal.Revision != kvstore.Absent:
		tx.Delete(removal.Key)
	}
	return kvstore.Save(tx, claimKey(name), c)
}

// LoadClaim reads what a name stands for.
func LoadClaim(tx *kvstore.Tx, name string) (Claim, bool, error) {
	return kvstore.Load[Claim](tx, claimKey(name))
}

// removed is the value of a removal, for people: where it was.
type removed struct {
	Host      string `json:"host"`
	NetworkID string `json:"networkid"`
}

// withdraw ends the claim of a name by a logical network, and has all hosts
// remove that network. Without a name there is none.
func withdraw(tx *kvstore.Tx, logical, name, host, networkID string) error {
	if name == "" {
		return nil
	}
	c, found, err := LoadClaim(tx, name)
	if err != nil || !found || c.Network != logical {
		return err
	}
	tx.Delete(claimKey(name))
	return kvstore.Save(tx, removalKey(logical, name), removed{host, networkID})
}
