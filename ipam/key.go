package ipam

import (
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"

	"github.com/vlcp-go/vlcp/kvstore"
)

// The keys:
//
//	ipam/pool/<id>                 a Pool
//	ipam/ip/<pool>/<address>       a Claim
//	ipam/owner/<pool>/<owner>      the address that an owner who named itself got automatically
//	ipam/pending/<space>/<handle>  the id of an unbound pool
//	ipam/auto/<prefix>             the id of the pool that has this automatic prefix
//	ipam/pool6                     the prefix that automatic IPv6 prefixes are cut from
const root = "ipam"

var (
	poolsPrefix = kvstore.Prefix(root, "pool")
	pool6Key    = kvstore.Key(root, "pool6")
)

func poolKey(id string) string { return kvstore.Key(root, "pool", id) }

func claimsPrefix(pool string) string { return kvstore.Prefix(root, "ip", pool) }

func claimKey(pool string, a netip.Addr) string { return kvstore.Key(root, "ip", pool, a.String()) }

func ownersPrefix(pool string) string { return kvstore.Prefix(root, "owner", pool) }

func ownerKey(pool, owner string) string { return kvstore.Key(root, "owner", pool, owner) }

func pendingKey(space string, handle netip.Prefix) string {
	return kvstore.Key(root, "pending", space, handle.String())
}

func autoKey(p netip.Prefix) string { return kvstore.Key(root, "auto", p.String()) }

// addressOf is the address that a claim's key ends in. Addresses need no
// escaping there.
func addressOf(key string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(key[strings.LastIndexByte(key, '/')+1:])
	return a, err == nil
}

// decodeClaim reads a claim of pool.
func decodeClaim(pool string, e kvstore.Entry) (Claim, error) {
	a, ok := addressOf(e.Key)
	if !ok {
		return Claim{}, fmt.Errorf("key %s ends in no address", e.Key)
	}
	c, err := kvstore.Decode[Claim](e)
	c.Pool, c.Address = pool, a
	return c, err
}

// newID is a random token: ids of pools and owners never come back.
func newID() string { return strings.ToLower(rand.Text()) }
