package network

import (
	"context"
	"errors"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
)

// Config is what a Model works on. Store and Allocator must be given.
type Config struct {
	Store     kvstore.Store
	Allocator *ipam.Allocator // on the same store
	Host      string          // id of this host: addresses that its containers asked of the IPAM are its ports' to use

	// MaxMTU tells the largest MTU that the logical networks of a physical
	// network can have, in bytes: what its packets add is already taken off. It
	// may read, this Model too, and is asked again where a transaction runs
	// again. nil: 1450 for vxlan and 1500 for the others, which fits plain
	// Ethernet.
	MaxMTU func(context.Context, Physical) (int, error)
}

// Model is the network in a store, and the rules to change it.
//
// Each call that changes it is one transaction: done for all of its objects, or
// refused with an [Error] for the first that breaks a rule, and nothing
// changed. One that exceeds what the store takes at once is refused too, and
// says how many objects fit. The objects given are not modified; the ones
// answered are as stored, in the order of the arguments. Where an object has no
// id it gets a random one.
//
// A Model may be used by many goroutines, and any number of hosts may work on
// one store.
type Model struct {
	store     kvstore.Store
	allocator *ipam.Allocator
	host      string
	maxMTU    func(context.Context, Physical) (int, error)
}

// New makes a Model.
func New(c Config) *Model {
	if c.MaxMTU == nil {
		c.MaxMTU = ethernetMTU
	}
	return &Model{store: c.Store, allocator: c.Allocator, host: c.Host, maxMTU: c.MaxMTU}
}

// call is one call of a Model, for its errors.
type call struct {
	verb string // "create", "update", "delete"
	kind Kind
	size int             // how many objects it has
	made map[string]bool // ids that were made in it
}

// creating is a call that creates.
func creating(kind Kind, size int) call {
	return call{verb: "create", kind: kind, size: size, made: map[string]bool{}}
}

// idOr is id, or a new one for "".
func (c call) idOr(id string) string {
	if id == "" {
		id = newID()
		c.made[id] = true
	}
	return id
}

// fail is err as the caller gets it: without an id that he has never seen.
func (c call) fail(id string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if c.made[id] {
		id = ""
	}
	return &Error{Op: c.verb + " " + string(c.kind), ID: id, Err: translate(err)}
}

// each runs fn for every object, up to the first error.
func each[T any](c call, objects []T, id func(T) string, fn func(*T) error) error {
	for i := range objects {
		if err := fn(&objects[i]); err != nil {
			return c.fail(id(objects[i]), err)
		}
	}
	return nil
}

// project is f of each object.
func project[T, U any](objects []T, f func(T) U) []U {
	all := make([]U, len(objects))
	for i, o := range objects {
		all[i] = f(o)
	}
	return all
}

// distinct refuses a call that names an object twice.
func (c call) distinct(ids []string) error {
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			return c.fail(id, invalidf("it is named twice in one call"))
		}
		seen[id] = true
	}
	return nil
}
