package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/vlcp-go/vlcp/internal/servers"
	"github.com/vlcp-go/vlcp/internal/testlab"
)

// server is a store's server, which runs beyond the hosts.
type server struct {
	name   string // for people
	scheme string // of the URL
	port   string
	files  map[string]string // by path, in the lab
	argv   []string
}

// address is that of the lab's Outside, where the server listens.
const address = "10.99.0.254"

// serverOf is the server of the store that is named.
func serverOf(store string) (server, error) {
	switch store {
	case "etcd":
		program, err := servers.Program("etcd")
		url := "http://" + address + ":2379"
		return server{name: "etcd", scheme: "etcd", port: "2379", argv: []string{program, "--data-dir=/var/lib/etcd",
			"--listen-client-urls=" + url, "--advertise-client-urls=" + url}}, err
	case "consul":
		program, err := servers.Program("consul")
		return server{name: "Consul", scheme: "consul", port: "8500", argv: []string{program, "agent", "-dev",
			"-bind=" + address, "-client=" + address}}, err
	case "zk":
		const config = "/var/lib/zoo.cfg"
		argv, err := servers.ZooKeeper()
		return server{name: "ZooKeeper", scheme: "zk", port: "2181", argv: append(argv, config), files: map[string]string{
			config: "tickTime=2000\ndataDir=/var/lib/zookeeper\nclientPort=2181\nclientPortAddress=" + address + "\nadmin.enableServer=false\n",
		}}, err
	}
	return server{}, fmt.Errorf("STORE=%s: use etcd, zk or consul", store)
}

func (s server) url() string { return s.scheme + "://" + net.JoinHostPort(address, s.port) + "/vlcp" }

// start starts the server, and returns when it listens.
func (s server) start(ctx context.Context, at *testlab.Host) error {
	for path, text := range s.files {
		if err := os.WriteFile(at.Path(path), []byte(text), 0o644); err != nil {
			return err
		}
	}
	p, err := at.Start(ctx, s.name, s.argv...)
	if err != nil {
		return err
	}
	for {
		conn, err := at.Dial(ctx, "tcp", net.JoinHostPort(address, s.port))
		if err == nil {
			return conn.Close()
		}
		if !p.Running() {
			return fmt.Errorf("%s ended:\n%s", s.name, p.Log())
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
