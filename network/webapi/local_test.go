package webapi_test

import (
	"net/http"
	"strings"
	"testing"
)

// What a browser sends for a page is refused, and so is a name that was made to
// be this machine's.
func TestOnlyLocalPrograms(t *testing.T) {
	origin := func(v string) http.Header { return http.Header{"Origin": {v}} }
	site := func(v string) http.Header { return http.Header{"Sec-Fetch-Site": {v}} }
	a := newAPI(t)
	for _, tt := range []struct {
		host   string
		header http.Header
		status int
	}{
		{"localhost", nil, 200},
		{"localhost:8081", nil, 200},
		{"LOCALHOST:80", nil, 200},
		{"127.0.0.1", nil, 200},
		{"127.0.0.1:8081", nil, 200},
		{"127.1.2.3", nil, 200},
		{"[::1]", nil, 200},
		{"[::1]:8081", nil, 200},
		{"localhost", site("none"), 200}, // typed by the user

		{"evil.example", nil, 403},
		{"evil.example:8081", nil, 403},
		{"localhost.evil.example", nil, 403},
		{"127.0.0.1.evil.example:8081", nil, 403},
		{"192.168.1.1:8081", nil, 403},
		{"0.0.0.0:8081", nil, 403},
		{"[::]:8081", nil, 403},
		{"[2001:db8::1]", nil, 403},
		{"2130706433", nil, 403},
		{"localhost", origin("http://evil.example"), 403},
		{"localhost", origin("http://localhost:8081"), 403},
		{"localhost", origin("null"), 403},
		{"localhost", site("cross-site"), 403}, // <img src="http://localhost:8081/viperflow/delete…">
		{"localhost", site("same-site"), 403},
		{"localhost", site("same-origin"), 403},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r := a.request(method, "/viperflow/listphysicalnetworks", "", "")
			r.Host = tt.host
			for name := range tt.header {
				r.Header.Set(name, tt.header.Get(name))
			}
			status, body := a.send(r)
			if status != tt.status || status == http.StatusForbidden && !strings.Contains(body, "refused: ") {
				t.Errorf("%s Host %s %v: %d %s, want %d", method, tt.host, tt.header, status, body, tt.status)
			}
		}
	}
}
