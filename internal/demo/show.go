package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
)

// script is what a user would do: command lines for host 1 and 2.
var script = []struct {
	title    string
	commands []command
}{
	{"A network, created once", []command{{host: 1, line: "docker network create -d vlcp --ipam-driver vlcp --subnet 10.1.0.0/24 n1"}}},
	{"It is on the other host too", []command{{host: 2, line: "docker network ls", until: listsIt}}},
	{"A container on each", []command{
		{host: 1, line: "docker run -d --network n1 --name c1 busybox"},
		{host: 2, line: "docker run -d --network n1 --name c2 busybox"},
	}},
	{"They ping each other across the hosts, by address and by name", []command{
		{host: 1, line: "docker exec c1 ping -c 3 10.1.0.3"},
		{host: 2, line: "docker exec c2 ping -c 3 c1"},
	}},
	{"They speak TCP: 64 KiB there and back", []command{
		{host: 1, line: "docker exec c1 probe check 10.1.0.3:7 && echo same bytes back"},
		{host: 2, line: "docker exec c2 probe check c1:7 && echo same bytes back"},
	}},
	{"What Docker says of the network on host 2", []command{{host: 2, line: "docker network inspect n1"}}},
	{"The bridge of host 1, and how it reaches the container on host 2", []command{
		{host: 1, line: "ovs-vsctl show"},
		{host: 1, line: "ovs-ofctl -O OpenFlow14 --no-stats dump-flows dockerbr0 | grep 'tun_dst\\|10.1.0.3'"},
	}},
	{"Everything goes with the network", []command{
		{host: 2, line: "docker rm -f c2"},
		{host: 1, line: "docker rm -f c1 && docker network rm n1"},
		{host: 2, line: "docker network ls", until: listsNot},
	}},
}

// command is a command line for a host, 1 or 2, and, where others have to do
// something first, what it is to print in the end.
type command struct {
	host  int
	line  string
	until func(out string) bool
}

func listsIt(out string) bool  { return strings.Contains(out, " n1 ") }
func listsNot(out string) bool { return !listsIt(out) }

// show runs the script.
func show(ctx context.Context, hosts []*testlab.Host) error {
	began := time.Now()
	for _, s := range script {
		step(s.title)
		for _, c := range s.commands {
			if err := c.run(ctx, hosts); err != nil {
				return err
			}
		}
	}
	fmt.Printf("\nThat took %.1f seconds.\n", time.Since(began).Seconds())
	return nil
}

// run runs the command and shows it with what it prints.
func (c command) run(ctx context.Context, hosts []*testlab.Host) error {
	h := hosts[c.host-1]
	fmt.Printf("%s$ %s\n", h.Name, c.line)
	for {
		out, err := h.Run(ctx, "sh", "-c", c.line)
		if err != nil || c.until == nil || c.until(out) {
			fmt.Print(out)
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func step(title string) { fmt.Printf("\n== %s\n", title) }
