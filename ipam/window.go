package ipam

import "net/netip"

// maxWindow is how many automatic addresses a pool has at most: as many as an
// IPv4 /8, and 2 MB of index when all are in use.
const maxWindow = 1 << 24

// window is the automatic addresses of a pool: size of them, from first up.
type window struct {
	first netip.Addr
	size  uint32
}

func (p Pool) window() window {
	first, last := p.automatic()
	n, ok := distance(first, last)
	switch {
	case last.Less(first):
		return window{first, 0}
	case !ok || n >= maxWindow:
		return window{first, maxWindow}
	}
	return window{first, uint32(n) + 1}
}

// isAutomatic tells whether a may be given to a port that names no address.
func (p Pool) isAutomatic(a netip.Addr) bool {
	_, ok := p.window().number(a)
	return ok
}

// number is the place of an address in the window.
func (w window) number(a netip.Addr) (uint32, bool) {
	if !a.IsValid() || a.Is4() != w.first.Is4() {
		return 0, false
	}
	n, ok := distance(w.first, a)
	return uint32(n), ok && n < uint64(w.size)
}
