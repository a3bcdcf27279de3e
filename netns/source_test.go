package netns_test

import (
	"errors"
	"net/netip"
	"os"
	"testing"

	"github.com/vlcp-go/vlcp/netns"
)

func TestSourceOf(t *testing.T) {
	both, linkLocal := sandbox(t), sandbox(t)
	for _, args := range []string{
		"addr add 10.0.0.1/24 dev p1", "addr add fd00::1/64 dev p1 nodad", "link set p1 up", "route add 10.5.0.0/16 via 10.0.0.9",
		"route add unreachable 10.6.0.0/16", "route add blackhole 10.7.0.0/16", "route add prohibit fd07::/64",
	} {
		ip(t, both, args)
	}
	ip(t, linkLocal, "link set p1 up")
	ip(t, linkLocal, "addr add fe80::1/64 dev p1 nodad")
	ip(t, linkLocal, "route add fd00::/64 dev p1")
	ip(t, linkLocal, "route add 10.0.0.0/24 dev p1")
	for _, test := range []struct {
		ns       *netns.Namespace
		to, want string
	}{
		{both, "10.0.0.2", "10.0.0.1"}, {both, "10.5.0.2", "10.0.0.1"}, {both, "fd00::2", "fd00::1"},
		{both, "10.6.0.2", ""}, {both, "10.7.0.2", ""}, {both, "fd07::2", ""}, {both, "10.9.0.2", ""}, {both, "fd09::2", ""},
		{linkLocal, "fd00::2", ""}, {linkLocal, "10.0.0.2", ""},
	} {
		in(t, test.ns, func() error {
			got, err := netns.SourceOf(t.Context(), netip.MustParseAddr(test.to))
			if wrong := test.want == "" && !errors.Is(err, os.ErrNotExist); wrong || test.want != "" && (err != nil || got.String() != test.want) {
				t.Errorf("%s: %v, error %v, want %q", test.to, got, err, test.want)
			}
			return nil
		})
	}
}
