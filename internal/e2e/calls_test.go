package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// call sends the plugin a call past Docker.
func (h *host) call(name, body string) (answer string) {
	h.t.Helper()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", h.Path("/run/docker/plugins/vlcp.sock"))
		},
	}}
	resp, err := client.Post("http://vlcp/"+name, "", strings.NewReader(body))
	check(h.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	check(h.t, err)
	return strings.TrimSpace(string(raw))
}

// TestBrokenCalls sends the plugin what no Docker sends: it answers an error
// each time, and leaves nothing.
func TestBrokenCalls(t *testing.T) {
	h := newHost(t)
	before := h.traces()
	for name, body := range map[string]string{
		"empty":         "",
		"no JSON":       "\x00\xff<html>",
		"half":          `{"NetworkID":"n","EndpointID":"e`,
		"an array":      "[]",
		"a wrong type":  `{"NetworkID":"n","EndpointID":"e","PoolID":7,"Interface":"x","IPv4Data":{}}`,
		"odd ids":       `{"NetworkID":"../n","EndpointID":"a b","PoolID":"/"}`,
		"unknown ids":   `{"NetworkID":"n","EndpointID":"e","PoolID":"p","Address":"10.0.0.1"}`,
		"huge":          `{"NetworkID":"` + strings.Repeat("n", 10<<20) + `"}`,
		"deeply nested": strings.Repeat("[", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			for _, call := range []string{
				"NetworkDriver.CreateEndpoint", "NetworkDriver.Join", "IpamDriver.RequestAddress", "IpamDriver.RequestPool",
			} {
				if answer := h.in(t).call(call, body); !strings.HasPrefix(answer, `{"Err":"`) {
					t.Errorf("%s: %s", call, answer)
				}
			}
		})
	}
	h.asBefore(before)
	h.equal("keys in the store", strings.Join(h.stored(), " "), "schema")
}

// TestRepeatedCalls plays Docker, and says everything twice, at the same
// moment: the answers are the same, and nothing is made or deleted twice.
func TestRepeatedCalls(t *testing.T) {
	h := newHost(t)
	before := h.traces()
	const id = `"NetworkID":"n","EndpointID":"e"`
	space := between(h.call("IpamDriver.GetDefaultAddressSpaces", ""), `"LocalDefaultAddressSpace":"`)
	pool := between(h.call("IpamDriver.RequestPool", `{"AddressSpace":"`+space+`","Pool":"10.2.0.0/24"}`), `"PoolID":"`)
	gateway := h.call("IpamDriver.RequestAddress", `{"PoolID":"`+pool+`","Options":{"RequestAddressType":"com.docker.network.gateway"}}`)
	h.equal("gateway", between(gateway, `"Address":"`), "10.2.0.1/24")
	h.twice("NetworkDriver.CreateNetwork", `{"NetworkID":"n","IPv4Data":[{"AddressSpace":"`+space+`","Pool":"10.2.0.0/24","Gateway":"10.2.0.1/24"}]}`, "{}")
	address := h.call("IpamDriver.RequestAddress", `{"PoolID":"`+pool+`"}`)
	h.equal("address", between(address, `"Address":"`), "10.2.0.2/24")
	h.twice("NetworkDriver.CreateEndpoint", `{`+id+`,"Interface":{"Address":"10.2.0.2/24","MacAddress":"02:00:00:00:00:02"}}`, `{"Address":"","AddressIPv6":"","MacAddress":""}`)
	h.twice("NetworkDriver.Join", `{`+id+`,"SandboxKey":"/run/docker/netns/x"}`, `"SrcName":"vlcp`)
	h.equal("interfaces", h.run("ls -d /sys/class/net/vlcp*-tap | wc -l"), "1")
	if answer := h.call("NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"other","Interface":{"Address":"10.2.0.2/24"}}`); !strings.Contains(answer, "10.2.0.2") {
		t.Errorf("an address for two endpoints: %s", answer)
	}
	h.twice("NetworkDriver.Leave", `{`+id+`}`, "{}")
	h.twice("NetworkDriver.DeleteEndpoint", `{`+id+`}`, "{}")
	h.twice("IpamDriver.ReleaseAddress", `{"PoolID":"`+pool+`","Address":"10.2.0.2"}`, "{}")
	h.twice("IpamDriver.ReleaseAddress", `{"PoolID":"`+pool+`","Address":"10.2.0.1"}`, "{}")
	h.twice("IpamDriver.ReleasePool", `{"PoolID":"`+pool+`"}`, "{}")
	h.twice("NetworkDriver.DeleteNetwork", `{"NetworkID":"n"}`, "{}")
	h.asBefore(before)
	h.equal("keys in the store", strings.Join(h.stored(), " "), "schema")
}

// twice sends a call twice at the same moment, and once more.
func (h *host) twice(name, body, want string) {
	h.t.Helper()
	var sending sync.WaitGroup
	answers := make([]string, 2, 3)
	for i := range answers {
		sending.Go(func() { answers[i] = h.call(name, body) })
	}
	sending.Wait()
	for _, answer := range append(answers, h.call(name, body)) {
		if answer != answers[0] || !strings.Contains(answer, want) {
			h.t.Errorf("%s: answers %s, want the same with %s", name, answer, want)
		}
	}
}

// between is what follows a text up to the next quote.
func between(s, text string) string {
	_, after, _ := strings.Cut(s, text)
	value, _, _ := strings.Cut(after, `"`)
	return value
}
