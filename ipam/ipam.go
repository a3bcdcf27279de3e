// Package ipam hands out address pools and the addresses in them.
//
// [IPAM] is what a face (Docker's IPAM driver, an orchestrator) asks for
// addresses, and what somebody with an allocator of their own implements.
// [Allocator] is ours, over a kvstore.Store: every pool is an address space of
// its own, and every address a key of its own, created only if absent, so that
// any number of hosts allocate from one pool without a lock.
//
// A pool starts unbound. The network that takes it binds it, in the
// transaction that creates the subnet ([Bind]; [Create] makes a pool for a
// subnet that has none); from then on it lives as long as the subnet
// ([Remove]). Until then it takes claims only of a gateway and of given
// addresses, and lapses when nobody binds it ([Allocator.Sweep]).
//
// A claim is owned by a token. The same owner asking again gets the same
// answer; another is refused with [ErrTaken]. A port that uses an address
// holds it ([Hold], [Unhold]), as a virtual router does ([HoldRouter]), and a
// held address is freed by nobody.
//
// The store alone decides who has an address. Which one to try next is a guess
// of the [Allocator], from an index in memory that a watch keeps near the
// truth ([Allocator.Candidate], [Take]): so an address of a pool with 65,000 in
// use costs what one of 250 does.
//
// The files, bottom up: prefix.go has the arithmetic and which addresses may be
// used, key.go the keys, keep.go how values are rewritten; bind.go and hold.go
// are the steps that a network takes in its own transactions; set.go, window.go,
// index.go and candidate.go are the guess; pool.go with automatic.go, address.go
// with gateway.go and any.go, and release.go are the calls of [IPAM]; sweep.go
// takes back what nobody uses. Package ipamtest tests any IPAM.
package ipam

import (
	"context"
	"net/netip"
	"time"
)

// PoolRequest asks for a pool.
type PoolRequest struct {
	Space   string            // the address-space token; with the pool's handle it finds the unbound pool again
	Prefix  netip.Prefix      // zero: an automatic one
	Range   netip.Prefix      // automatic addresses come from it; zero: from the whole prefix
	V6      bool              // the family of an automatic prefix
	Options map[string]string // what the user passed to the IPAM, kept with the pool
}

// Pool is an address space with one prefix.
type Pool struct {
	ID      string            `json:"id"`
	Prefix  netip.Prefix      `json:"prefix"`
	Handle  netip.Prefix      `json:"handle"`            // Prefix, with host bits where (Space, Prefix) was already pending
	Range   netip.Prefix      `json:"range,omitzero"`    // --ip-range
	Start   netip.Addr        `json:"start,omitzero"`    // first address given automatically, or to an endpoint at all; zero: the first usable one
	End     netip.Addr        `json:"end,omitzero"`      // last one
	Space   string            `json:"space,omitempty"`   // the token it was requested with
	Auto    bool              `json:"auto,omitempty"`    // the prefix was chosen here
	Network string            `json:"network,omitempty"` // the logical network that took it; "": unbound
	Subnet  string            `json:"subnet,omitempty"`
	Host    string            `json:"host,omitempty"`   // the host that made it, and alone lets it lapse
	Created time.Time         `json:"created,omitzero"` // by that host's clock
	Options map[string]string `json:"options,omitempty"`

	Gateway     netip.Addr `json:"gateway,omitzero"`       // the network's gateway; zero: none, or unbound
	AutoGateway bool       `json:"auto_gateway,omitempty"` // nobody named it
	Deleting    bool       `json:"deleting,omitempty"`     // removed; its claims are being deleted
}

// Bound tells whether a network took the pool.
func (p Pool) Bound() bool { return p.Network != "" }

// AddressRequest asks for an address of a pool.
type AddressRequest struct {
	Address netip.Addr // zero: the first free one
	Gateway bool       // the network's gateway; in an unbound pool it may be automatic, a bound one answers what it has
	Reserve bool       // keep Address from being given to anybody, until it is released; a reservation is everybody's
	Owner   string     // token of the requester, who gets the same answer again; "" makes a fresh one, and then the host is the requester
}

// Kind says what an address is used for.
type Kind string

// The kinds of claims.
const (
	KindAddress     Kind = ""             // an endpoint's
	KindReserved    Kind = "reserved"     // reserved by hand; only a port that names it may use it
	KindAux         Kind = "aux"          // reserved with the pool (--aux-address), and goes with it
	KindGateway     Kind = "gateway"      // the gateway, named by the user
	KindAutoGateway Kind = "auto-gateway" // the gateway, chosen here because nobody named one
)

// Claim is one address in use.
type Claim struct {
	Pool    string     `json:"-"`
	Address netip.Addr `json:"-"`
	Owner   string     `json:"owner"`           // the token of who asked, or the port that claimed it by itself
	Named   bool       `json:"named,omitempty"` // the owner named itself, and finds the claim again by that
	Kind    Kind       `json:"kind,omitempty"`
	Holder  string     `json:"holder,omitempty"` // the port (or "subnet/<id>" for a gateway) that uses it; while set, nobody frees it
	Router  bool       `json:"router,omitempty"` // Holder is not a port, but the interface of a virtual router
	Host    string     `json:"host,omitempty"`   // the host that made the claim
	Created time.Time  `json:"created,omitzero"` // when it was last asked for, by that host's clock
}

// IPAM hands out pools and addresses.
type IPAM interface {
	// RequestPool makes an unbound pool, a new one each time. ErrInvalid where the
	// request is malformed, ErrExhausted where no automatic prefix is left, or the
	// space holds too many unbound pools of this prefix.
	RequestPool(ctx context.Context, r PoolRequest) (Pool, error)
	// FindPool finds the unbound pool that RequestPool answered for this space
	// with this handle; ErrNotFound where there is none.
	FindPool(ctx context.Context, space string, handle netip.Prefix) (Pool, error)
	// ReleasePool removes an unbound pool with its claims. A pool that a
	// network took goes with that network: here it is left alone. An unknown
	// one is no error.
	ReleasePool(ctx context.Context, id string) error
	// RequestAddress claims an address; the answer has the length of the pool's
	// prefix. ErrNotFound, ErrInvalid; ErrTaken or ErrOutside for a given
	// address; ErrExhausted or ErrUnbound for an automatic one.
	RequestAddress(ctx context.Context, pool string, r AddressRequest) (netip.Prefix, error)
	// ReleaseAddress frees an address, unless something holds it or a bound pool
	// reserves it as KindAux. An address that is free, or a pool that is gone, is
	// no error.
	ReleaseAddress(ctx context.Context, pool string, a netip.Addr) error
}
