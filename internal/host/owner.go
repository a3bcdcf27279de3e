package host

import "github.com/vlcp-go/vlcp/network"

// ownerHere completes the owner of something that is made on this host.
func (h *Host) ownerHere(o network.Owner) network.Owner {
	if o.Host == "" {
		o.Host = h.ID
	}
	if o.Host == h.ID && o.Boot == "" {
		o.Boot = h.boot
	}
	return o
}

// sinceBoot is old where that is the same owner as o in an earlier boot of its
// host, else o.
func sinceBoot(o, old network.Owner) network.Owner {
	earlier := o
	earlier.Boot = old.Boot
	if earlier == old {
		return old
	}
	return o
}
