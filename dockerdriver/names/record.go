package names

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// published is what the store holds of a container in a logical network, at
//
//	docker/name/<logical>/<host>/<container id>
//
// Only its host writes it. Who finds that its host was removed may delete it.
type published struct {
	Names     map[string]time.Time `json:"names"`             // the container's name, since when
	Aliases   []string             `json:"aliases,omitempty"` // which others may have too; sorted
	Addresses []netip.Addr         `json:"addresses"`         // sorted
}

// holder is whose a record is.
type holder struct{ host, container string }

var allNames = kvstore.Prefix("docker", "name")

func prefix(logical string) string { return kvstore.Prefix("docker", "name", logical) }

func key(logical string, h holder) string {
	return kvstore.Key("docker", "name", logical, h.host, h.container)
}

// parse is the inverse of key.
func parse(key string) (logical string, h holder, ok bool) {
	parts, err := kvstore.Split(key)
	if err != nil || len(parts) != 5 {
		return "", h, false
	}
	return parts[2], holder{parts[3], parts[4]}, true
}

func hostKey(id string) string { return network.HostPrefix() + kvstore.Key(id) }

// decode reads a record as far as it is fit for a hosts file: another host
// wrote it.
func decode(e kvstore.Entry) published {
	r, err := kvstore.Decode[published](e)
	if err != nil {
		return published{}
	}
	for name := range r.Names {
		if !isName(name) {
			delete(r.Names, name)
		}
	}
	r.Aliases = slices.DeleteFunc(r.Aliases, func(a string) bool { return !isName(a) })
	r.Addresses = slices.DeleteFunc(r.Addresses, func(a netip.Addr) bool { return !a.IsValid() || a.Zone() != "" })
	return r
}

// equals tells whether two records say the same, but for the times.
func (r published) equals(o published) bool {
	return slices.Equal(sorted(r.Names), sorted(o.Names)) && slices.Equal(r.Aliases, o.Aliases) && slices.Equal(r.Addresses, o.Addresses)
}

// isName tells whether a name may stand in a hosts file. Docker takes anything
// for an alias.
func isName(name string) bool {
	if name == "" || len(name) > 253 || strings.EqualFold(name, "localhost") {
		return false
	}
	for _, c := range []byte(name) {
		if !strings.ContainsRune("-_.", rune(c)) && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	_, err := netip.ParseAddr(name)
	return err != nil
}
