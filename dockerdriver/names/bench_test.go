package names

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkWrite is what one change costs a host that has 200 containers in a
// network of 2,000: its peer is a Docker that has all of them itself, and writes
// nothing.
func BenchmarkWrite(b *testing.B) {
	k := &Keeper{}
	k.begin()
	k.files.watcher, k.files.gate = blind{}, openDoor{}
	k.world.identify("h0", b.TempDir())
	k.world.complete()
	records, members := map[holder]published{}, map[string]member{}
	for n := range 2000 {
		id := fmt.Sprintf("%064x", n)
		addr := netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)})
		name := fmt.Sprint("container-", n)
		records[holder{fmt.Sprint("h", n/200), id}] = published{
			Names: map[string]time.Time{name: time.Now()}, Aliases: []string{id[:12], "alias-" + name}, Addresses: []netip.Addr{addr},
		}
		if n < 200 {
			members[id] = member{name: name, addresses: []netip.Addr{addr}}
			path := filepath.Join(containersDir(k.world.root), hostsPath(id))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("127.0.0.1\tlocalhost\n"), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	k.world.places["n"] = place{network: "n", logical: "n", members: members}
	k.world.shared["n"] = &shared{known: true, records: records}
	last := holder{"h9", fmt.Sprintf("%064x", 1999)}
	for n := 0; b.Loop(); n++ {
		k.files.next = time.Time{}
		records[last] = published{Names: map[string]time.Time{fmt.Sprint("new-", n): time.Now()}, Addresses: []netip.Addr{netip.MustParseAddr("10.1.0.1")}}
		if err := k.write(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// blind is a watcher that sees nothing.
type blind struct{}

func (blind) Add(string) error { return nil }
func (blind) Close() error     { return nil }
