package netns_test

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/vlcp-go/vlcp/netns"
)

// BenchmarkCreateVeth makes a pair with its peer in a sandbox; its peer is
// ip(8), which needs two runs for what is one message here.
func BenchmarkCreateVeth(b *testing.B) {
	sandbox := newNS(b)
	b.Run("vlcp", func(b *testing.B) {
		benchmark(b, func(i int) error {
			return netns.CreateVeth(b.Context(), netns.Veth{Host: fmt.Sprintf("v%d", i), Peer: fmt.Sprintf("p%d", i),
				MAC: mac, MTU: 1450, Netns: sandbox.Path()})
		})
	})
	b.Run("ip", func(b *testing.B) {
		benchmark(b, func(i int) error {
			host, peer := fmt.Sprintf("v%d", i), fmt.Sprintf("p%d", i)
			err := exec.Command("ip", "link", "add", host, "mtu", "1450", "type", "veth",
				"peer", "name", peer, "address", mac.String(), "mtu", "1450", "netns", sandbox.Path()).Run()
			if err != nil {
				return err
			}
			return exec.Command("ip", "link", "set", host, "up").Run()
		})
	})
}

// benchmark runs create in a namespace of its own, and deletes what it made
// outside the measured time.
func benchmark(b *testing.B, create func(i int) error) {
	in(b, newNS(b), func() error {
		for i := 0; b.Loop(); i++ {
			if err := create(i); err != nil {
				return err
			}
			b.StopTimer()
			if err := netns.Delete(b.Context(), fmt.Sprintf("v%d", i)); err != nil {
				return err
			}
			b.StartTimer()
		}
		return nil
	})
}

// BenchmarkDelete100 deletes a hundred pairs at once and, as the peer, one
// after the other.
func BenchmarkDelete100(b *testing.B) {
	oneByOne := func(names []string) error {
		for _, name := range names {
			if err := netns.Delete(b.Context(), name); err != nil {
				return err
			}
		}
		return nil
	}
	b.Run("vlcp", func(b *testing.B) {
		delete100(b, func(names []string) error { return netns.DeleteAll(b.Context(), names...) })
	})
	b.Run("one-by-one", func(b *testing.B) { delete100(b, oneByOne) })
}

func delete100(b *testing.B, remove func(names []string) error) {
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprintf("v%d", i))
	}
	in(b, newNS(b), func() error {
		for b.Loop() {
			b.StopTimer()
			for _, name := range names {
				if err := netns.CreateVeth(b.Context(), netns.Veth{Host: name, Peer: name + "p"}); err != nil {
					return err
				}
			}
			b.StartTimer()
			if err := remove(names); err != nil {
				return err
			}
		}
		return nil
	})
}
