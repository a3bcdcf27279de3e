package testenv

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// EtcdCluster is some servers of etcd that are one cluster, of one test.
type EtcdCluster []*EtcdMember

// EtcdMember is one server of a cluster.
type EtcdMember struct {
	Daemon
	Addr string // host:port for clients

	status string // the URL of its health and metrics
	data   string
}

// Etcd starts a cluster of n servers with further arguments, such as those of
// TLS, and returns when it serves. The servers end with t. It skips t without a
// server of etcd.
func Etcd(t testing.TB, n int, args ...string) EtcdCluster {
	t.Helper()
	binary, dir, addrs := serverBinary(t, "etcd"), t.TempDir(), loopback(t, 3*n)
	scheme := "http"
	if strings.Contains(strings.Join(args, " "), "--cert-file") {
		scheme = "https"
	}
	var initial []string
	for i := range n {
		initial = append(initial, fmt.Sprintf("m%d=http://%s", i, addrs[3*i+1]))
	}
	args = append(args, "--initial-cluster="+strings.Join(initial, ","), "--log-level=warn", "--logger=zap",
		"--heartbeat-interval=50", "--election-timeout=500")
	c := make(EtcdCluster, n)
	for i := range c {
		name := fmt.Sprintf("m%d", i)
		c[i] = &EtcdMember{
			Daemon: Daemon{t: t, path: binary, log: filepath.Join(dir, name+".log"),
				env: []string{"ETCD_UNSUPPORTED_ARCH=" + runtime.GOARCH}},
			Addr: addrs[3*i], status: "http://" + addrs[3*i+2], data: filepath.Join(dir, name),
		}
		client, peer := scheme+"://"+c[i].Addr, "http://"+addrs[3*i+1]
		c[i].args = append([]string{"--name=" + name, "--data-dir=" + c[i].data,
			"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
			"--listen-metrics-urls=" + c[i].status}, args...)
		c[i].Start()
		t.Cleanup(c[i].Kill)
	}
	c.Await()
	return c
}

// Addrs are the addresses of all members.
func (c EtcdCluster) Addrs() []string {
	addrs := make([]string, len(c))
	for i, m := range c {
		addrs[i] = m.Addr
	}
	return addrs
}

// Await returns when every member serves.
func (c EtcdCluster) Await() {
	for _, m := range c {
		m.t.Helper()
		m.Await()
	}
}

// Leader is the member that leads now; it waits for one.
func (c EtcdCluster) Leader() (leader *EtcdMember) {
	c[0].t.Helper()
	c[0].await(func() bool {
		for _, m := range c {
			if bytes.Contains(m.get("/metrics"), []byte("\netcd_server_is_leader 1\n")) {
				leader = m
			}
		}
		return leader != nil
	})
	return leader
}

// Await returns when the member serves, which it does as part of a majority.
func (m *EtcdMember) Await() {
	m.t.Helper()
	m.await(func() bool { return bytes.Contains(m.get("/health"), []byte(`"true"`)) })
}

// Erase deletes the data of a member that was killed: it starts with none.
func (m *EtcdMember) Erase() {
	m.t.Helper()
	must(m.t, os.RemoveAll(m.data))
}

// get asks the member about itself; one that does not answer says nothing.
func (m *EtcdMember) get(path string) []byte {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Second}
	resp, err := client.Get(m.status + path)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return body
}
