package dockerdriver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// hooked is a Driver whose calls, by name, do something else.
type hooked struct {
	dockerdriver.Driver
	plug  func(context.Context) error
	ready func(context.Context) error
}

func (h hooked) Plug(ctx context.Context, p network.Plug) (network.Attachment, error) {
	return network.Attachment{}, h.plug(ctx)
}

func (h hooked) Ready(ctx context.Context, port string) (network.Attachment, error) {
	return network.Attachment{}, h.ready(ctx)
}

// errOf is the message of an answer that is an error.
func errOf(t *testing.T, body string) string {
	t.Helper()
	var answer struct{ Err string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Err == "" {
		t.Errorf("%v: %q is no error of a plugin", err, body)
	}
	return answer.Err
}

// calls are all calls with parameters, and what they can't do without.
var calls = map[string][]string{
	"NetworkDriver.AllocateNetwork":             {"NetworkID"},
	"NetworkDriver.FreeNetwork":                 {"NetworkID"},
	"NetworkDriver.CreateNetwork":               {"NetworkID"},
	"NetworkDriver.DeleteNetwork":               {"NetworkID"},
	"NetworkDriver.CreateEndpoint":              {"NetworkID", "EndpointID"},
	"NetworkDriver.DeleteEndpoint":              {"NetworkID", "EndpointID"},
	"NetworkDriver.EndpointOperInfo":            {"NetworkID", "EndpointID"},
	"NetworkDriver.Join":                        {"NetworkID", "EndpointID"},
	"NetworkDriver.Leave":                       {"NetworkID", "EndpointID"},
	"NetworkDriver.ProgramExternalConnectivity": {"NetworkID", "EndpointID"},
	"NetworkDriver.RevokeExternalConnectivity":  {"NetworkID", "EndpointID"},
	"NetworkDriver.DiscoverNew":                 nil,
	"NetworkDriver.DiscoverDelete":              nil,
	"IpamDriver.RequestPool":                    nil,
	"IpamDriver.ReleasePool":                    {"PoolID"},
	"IpamDriver.RequestAddress":                 {"PoolID"},
	"IpamDriver.ReleaseAddress":                 {"PoolID"},
}

func TestBadRequests(t *testing.T) {
	h := newServer(drivertest.NewFake(t)).Handler()
	huge := `{"NetworkID":"n","EndpointID":"e","PoolID":"p","Pad":"` + strings.Repeat("x", 1<<20) + `"}`
	for call, fields := range calls {
		for body, want := range map[string]string{
			"":                   "Docker repeated it without its parameters: run the command again",
			"no JSON":            "the request can't be read",
			"[]":                 "the request can't be read",
			`"x"`:                "the request can't be read",
			"{} {}":              "the request can't be read",
			`{"NetworkID":"n"`:   "the request can't be read",
			`{"NetworkID":7}`:    "the request can't be read",
			huge:                 "the request is larger than 1048576 bytes",
			`{"EndpointID":"/"}`: "",
		} {
			status, answer := post(h, call, body)
			if want == "" && fields == nil {
				continue
			}
			if got := errOf(t, answer); status != http.StatusInternalServerError || !strings.Contains(got, want) {
				t.Errorf("%s %.40q: %d %s, want %s", call, body, status, got, want)
			}
		}
		for _, field := range fields {
			if _, answer := post(h, call, "{}"); !strings.Contains(errOf(t, answer), field+" is missing") {
				t.Errorf("%s {}: %s, want that %s is missing", call, answer, field)
			}
		}
		for _, id := range []string{"../../x", "a b", "é", strings.Repeat("a", 129)} {
			data, _ := json.Marshal(map[string]string{"NetworkID": id, "EndpointID": "e"})
			if fields != nil && fields[0] == "NetworkID" {
				if _, answer := post(h, call, string(data)); !strings.Contains(errOf(t, answer), "is no id of Docker") {
					t.Errorf("%s %q: %s", call, id, answer)
				}
			}
		}
	}
}

func TestBadParameters(t *testing.T) {
	f := drivertest.NewFake(t)
	h := newServer(f).Handler()
	post(h, "NetworkDriver.CreateNetwork", `{"NetworkID":"n","IPv4Data":[{"AddressSpace":"LocalDefault","Pool":"192.168.1.0/24","Gateway":"192.168.1.1/24"}]}`)
	for _, tt := range []struct{ call, body, want string }{
		{"NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"e","Interface":{"Address":"192.168.1"}}`, `the address "192.168.1" of the endpoint can't be read`},
		{"NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"e","Interface":{"MacAddress":"01:00:00:00:00:00"}}`, "--mac-address 01:00:00:00:00:00: give the address of one interface"},
		{"NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"e","Interface":{"MacAddress":"x"}}`, "--mac-address x: give"},
		{"NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"e","Options":{"mac_address":"x"}}`, "--driver-opt mac_address: is set by vlcp itself"},
		{"NetworkDriver.CreateEndpoint", "{\"NetworkID\":\"n\",\"EndpointID\":\"e\",\"Options\":{\"x\":\"`(`\"}}", "--driver-opt x: the value in backquotes can't be read"},
		{"NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"e","Interface":{"Address":"192.168.1.255/24"}}`, "create the network with --ipam-driver vlcp"},
		{"NetworkDriver.CreateEndpoint", `{"NetworkID":"other","EndpointID":"e"}`, "it was deleted beside Docker"},
		{"NetworkDriver.Join", `{"NetworkID":"n","EndpointID":"missing"}`, "start the container again"},
		{"IpamDriver.RequestPool", `{"AddressSpace":"LocalDefault"}`, `the address space "LocalDefault" is not one of vlcp`},
		{"IpamDriver.RequestPool", `{"AddressSpace":"vlcp-x","Pool":"10.0.0.7/8"}`, "use 10.0.0.0/8"},
		{"IpamDriver.RequestPool", `{"AddressSpace":"vlcp-x","Pool":"10/8"}`, `--subnet "10/8" is no subnet`},
		{"IpamDriver.RequestPool", `{"AddressSpace":"vlcp-x","Pool":"0.0.0.0/0"}`, "choose another"},
		{"IpamDriver.RequestPool", `{"AddressSpace":"vlcp-x","Pool":"10.0.0.0/8","SubPool":"x"}`, `--ip-range "x" is no subnet`},
		{"IpamDriver.RequestPool", `{"AddressSpace":"vlcp-x","Pool":"10.0.0.0/8","SubPool":"11.0.0.0/9"}`, "is not within the subnet"},
		{"IpamDriver.RequestAddress", `{"PoolID":"p","Address":"x"}`, `"x" is no address`},
		{"IpamDriver.ReleaseAddress", `{"PoolID":"p","Address":"x"}`, `"x" is no address`},
	} {
		status, answer := post(h, tt.call, tt.body)
		if got := errOf(t, answer); status != http.StatusInternalServerError || !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: %d %s\nwant %s", tt.call, tt.body, status, got, tt.want)
		}
	}
	pool, err := f.IPAM.RequestPool(t.Context(), ipam.PoolRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, answer := post(h, "IpamDriver.RequestAddress", `{"PoolID":"`+pool.ID+`"}`); !strings.Contains(errOf(t, answer), "belongs to no vlcp network") {
		t.Errorf("an address for another driver's network: %s", answer)
	}
}

func TestUnknownCalls(t *testing.T) {
	h := newServer(drivertest.NewFake(t)).Handler()
	if status, _ := post(h, "NetworkDriver.NoSuchCall", "{}"); status != http.StatusNotFound {
		t.Errorf("an unknown call: %d", status)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/Plugin.Activate", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
}

func TestAddressSpacesAreFresh(t *testing.T) {
	h := newServer(drivertest.NewFake(t)).Handler()
	_, one := post(h, "IpamDriver.GetDefaultAddressSpaces", "")
	_, two := post(h, "IpamDriver.GetDefaultAddressSpaces", "")
	if one == two {
		t.Errorf("twice %s", one)
	}
}

// A panic below is an error of the call that met it, and of no other.
func TestPanic(t *testing.T) {
	var log bytes.Buffer
	s := newServer(drivertest.NewFake(t))
	s.Driver = hooked{Driver: s.Driver, plug: func(context.Context) error { panic("out of order") }}
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	status, answer := post(s.Handler(), "NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"e"}`)
	if status != http.StatusInternalServerError || errOf(t, answer) != "internal error: see the log of vlcp" {
		t.Errorf("%d %s", status, answer)
	}
	if !strings.Contains(log.String(), "out of order") || !strings.Contains(log.String(), "handler_test.go") {
		t.Errorf("no trace of it: %s", &log)
	}
}

// Docker waits for ever, with a lock on the network; so no call takes longer
// than that.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		s := &dockerdriver.Server{Driver: hooked{plug: hang, ready: hang}}
		for _, call := range []string{"CreateEndpoint", "Join"} {
			start := time.Now()
			_, answer := post(s.Handler(), "NetworkDriver."+call, `{"NetworkID":"n","EndpointID":"e"}`)
			if got := errOf(t, answer); time.Since(start) >= 10*time.Second || !strings.Contains(got, "not done within 9s") {
				t.Errorf("%s: after %v %s", call, time.Since(start), got)
			}
		}
	})
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for want, err := range map[string]error{
		"run the command again when the store is back": &kvstore.Error{Op: "update", Err: kvstore.ErrUnavailable},
		"create the network with --ipam-driver vlcp":   &network.Error{Op: "create logical port", Err: ipam.ErrTaken},
		"remove the Docker network too":                network.ErrNotFound,
		"no room":                                      errors.New("no room"),
		"Docker gave up waiting":                       context.Canceled,
	} {
		s := &dockerdriver.Server{Driver: hooked{Driver: drivertest.NewFake(t), plug: func(context.Context) error { return err }}}
		if _, answer := post(s.Handler(), "NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"e"}`); !strings.Contains(errOf(t, answer), want) {
			t.Errorf("%v: %s, want %s", err, answer, want)
		}
	}
}

func TestLog(t *testing.T) {
	var log bytes.Buffer
	s := newServer(drivertest.NewFake(t))
	s.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	post(s.Handler(), "NetworkDriver.Leave", `{"NetworkID":"n1","EndpointID":"e1"}`)
	post(s.Handler(), "IpamDriver.RequestAddress", `{"PoolID":"p1","Address":"192.168.1.2"}`)
	for _, want := range []string{
		"level=DEBUG msg=NetworkDriver.Leave took=", "network=n1 endpoint=e1",
		"level=WARN msg=IpamDriver.RequestAddress took=", "pool=p1 address=192.168.1.2 error=",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, &log)
		}
	}
}
