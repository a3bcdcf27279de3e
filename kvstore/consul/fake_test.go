package consul_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/consul/api"

	"github.com/vlcp-go/vlcp/kvstore/consul"
)

// answer is what a Consul of this test says to a request.
type answer struct {
	status     int // 200 if not given
	index      string
	leaderless bool // the server knows no leader
	filtered   bool // the token may not read all
	body       string
	err        error // of the connection
}

// fake is a Consul that answers by a function, without a network, so that it fits
// into a bubble of testing/synctest.
type fake func(*http.Request) answer

func (f fake) RoundTrip(r *http.Request) (*http.Response, error) {
	a := f(r)
	if a.err != nil {
		return nil, a.err
	}
	header := http.Header{}
	header.Set("X-Consul-Index", a.index)
	header.Set("X-Consul-KnownLeader", fmt.Sprint(!a.leaderless))
	header.Set("X-Consul-LastContact", "0")
	header.Set("X-Consul-Results-Filtered-By-ACLs", fmt.Sprint(a.filtered))
	return &http.Response{
		StatusCode: cmp.Or(a.status, http.StatusOK), Header: header, Request: r,
		Body: io.NopCloser(strings.NewReader(a.body)),
	}, nil
}

// store is a store on a Consul that answers so.
func (f fake) store(t *testing.T, opts ...consul.Option) *consul.Store {
	t.Helper()
	client, err := api.NewClient(&api.Config{Address: "consul.test", HttpClient: &http.Client{Transport: f}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := consul.New(client, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// silent is what comes of a request to a Consul that does not answer.
func silent(r *http.Request) answer {
	<-r.Context().Done()
	return answer{err: r.Context().Err()}
}
