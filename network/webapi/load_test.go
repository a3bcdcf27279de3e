package webapi_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/vlcp-go/vlcp/network/webapi"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// A body of 10 MB is refused by either API, and not read.
func TestHugeBody(t *testing.T) {
	a := newAPI(t)
	huge := `{"id":"` + strings.Repeat("x", 10<<20) + `"}`
	for path, kind := range map[string]string{
		"/viperflow/createphysicalnetwork":  "application/json",
		"/viperflow/createphysicalnetworks": formType,
		"/viperflow/createlogicalport":      "multipart/form-data; boundary=b",
		"/v1/networks":                      "application/json",
		"/v1/networks/blue":                 "application/merge-patch+json",
	} {
		method := http.MethodPost
		if kind == "application/merge-patch+json" {
			method = http.MethodPatch
		}
		r := a.request(method, path, kind, huge)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
			continue // it was cut off while it was still sending
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		malformed := strings.HasPrefix(kind, "multipart") && resp.StatusCode == http.StatusBadRequest
		if resp.StatusCode != http.StatusRequestEntityTooLarge && !malformed || len(text) > 1000 {
			t.Errorf("%s: %d %.200s", path, resp.StatusCode, text)
		}
	}
}

// A header that is too large is refused too.
func TestHugeHeader(t *testing.T) {
	s, _ := serveAt(t, webapi.Access{Addresses: []string{"127.0.0.1:0"}})
	a := &api{t: t, url: "http://" + s.Addrs()[0].String()}
	r := a.request(http.MethodGet, "/v1/networks?x="+strings.Repeat("x", 1<<20), "", "")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
			t.Fatal(err)
		}
		return
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d", resp.StatusCode)
	}
}

// Of 1,200 clients at once that say nothing, those beyond a thousand are closed;
// at another address others go on being served. None is left in the end, which
// goleak sees.
func TestManyConnections(t *testing.T) {
	socket := t.TempDir() + "/vlcp.sock"
	s, _ := serveAt(t, webapi.Access{Addresses: []string{"127.0.0.1:0", "unix://" + socket}})
	const clients = 1200
	closed := make(chan struct{}, clients)
	var conns []net.Conn
	for range clients {
		conn, err := net.Dial("tcp", s.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		go func() {
			_, _ = conn.Read(make([]byte, 1)) // until it is closed, by either
			closed <- struct{}{}
		}()
	}
	for range clients - 1000 {
		<-closed
	}
	if _, err := newClient(t, client.Config{Address: "unix://" + socket}).Networks().List(t.Context(), nil); err != nil {
		t.Error(err)
	}
	for _, conn := range conns {
		conn.Close()
	}
	// There is room again, as soon as the server has noticed.
	for try := 0; ; try++ {
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip((&api{t: t, url: "http://" + s.Addrs()[0].String()}).request(http.MethodGet, "/v1/networks", "", ""))
		if err == nil {
			resp.Body.Close()
			break
		}
		if try > 10000 {
			t.Fatal(err)
		}
	}
}

// A thousand clients that do call are all answered.
func TestManyCalls(t *testing.T) {
	s, _ := serveAt(t, webapi.Access{Addresses: []string{"127.0.0.1:0"}})
	answers := make(chan error, 1000)
	transport := &http.Transport{DisableKeepAlives: true}
	for i := range cap(answers) {
		a := &api{t: t, url: "http://" + s.Addrs()[0].String()}
		r := a.request(http.MethodPost, "/v1/physical-networks", "application/json", `{"type":"local"}`)
		if i%2 == 0 {
			r = a.request(http.MethodGet, "/viperflow/listphysicalnetworks?type=native", "", "")
		}
		go func() {
			resp, err := transport.RoundTrip(r)
			if err == nil {
				_, err = io.Copy(new(bytes.Buffer), resp.Body)
				resp.Body.Close()
				if resp.StatusCode/100 != 2 {
					err = errors.Join(err, errors.New(resp.Status))
				}
			}
			answers <- err
		}()
	}
	for range cap(answers) {
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}
