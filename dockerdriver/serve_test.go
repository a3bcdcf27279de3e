package dockerdriver_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/dockerdriver/drivertest"
	"github.com/vlcp-go/vlcp/network"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dial is a client as dockerd has one: it keeps its connection.
func dial(t *testing.T, socket string) *http.Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// callPlugin makes a call as dockerd does: without a content type.
func callPlugin(c *http.Client, call, body string) (string, error) {
	req, err := http.NewRequest(http.MethodPost, "http://plugin.moby.localhost/"+call, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Accept", "application/vnd.docker.plugins.v1.2+json")
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return strings.TrimSpace(string(answer)), err
}

// start serves until the returned function is called, which gives Serve's
// error.
func start(t *testing.T, s *dockerdriver.Server, socket string) (stop func() error) {
	t.Helper()
	l, err := dockerdriver.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, l) }()
	return func() error { cancel(); return <-served }
}

func TestServe(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "plugins", "vlcp.sock")
	f := drivertest.NewFake(t)
	client := dial(t, socket)
	for range 2 { // Docker keeps its connection over a restart of the plugin
		stop := start(t, newServer(f), socket)
		answer, err := callPlugin(client, "Plugin.Activate", "")
		if err != nil || answer != `{"Implements":["NetworkDriver","IpamDriver"]}` {
			t.Errorf("%s, %v", answer, err)
		}
		if err := stop(); err != nil {
			t.Errorf("Serve: %v", err)
		}
		if _, err := os.Lstat(socket); !os.IsNotExist(err) {
			t.Errorf("the socket is left: %v", err)
		}
	}
	if _, err := callPlugin(client, "Plugin.Activate", ""); err == nil {
		t.Error("it answers after its end")
	}
}

func TestListenAndServeRefusesAServedSocket(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "vlcp.sock")
	s := newServer(drivertest.NewFake(t))
	stop := start(t, s, socket)
	if err := newServer(drivertest.NewFake(t)).ListenAndServe(t.Context(), socket); err == nil {
		t.Error("two serve one socket")
	}
	if answer, err := callPlugin(dial(t, socket), "NetworkDriver.Leave", `{"NetworkID":"n","EndpointID":"e"}`); err != nil || answer != "{}" {
		t.Errorf("the first one: %s, %v", answer, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// Calls that run when the plugin is stopped come to their end.
func TestServeEndsGracefully(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "vlcp.sock")
	entered, leave := make(chan struct{}), make(chan struct{})
	s := newServer(drivertest.NewFake(t))
	s.Driver = hooked{Driver: s.Driver, plug: func(context.Context) error {
		close(entered)
		<-leave
		return network.ErrExhausted
	}}
	stop := start(t, s, socket)
	answered, stopped := make(chan string, 1), make(chan error, 1)
	go func() {
		answer, _ := callPlugin(dial(t, socket), "NetworkDriver.CreateEndpoint", `{"NetworkID":"n","EndpointID":"e"}`)
		answered <- answer
	}()
	<-entered
	go func() { stopped <- stop() }()
	close(leave)
	if got := <-answered; got != `{"Err":"nothing is free"}` {
		t.Errorf("the call was answered %q", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestServeOfABrokenListener(t *testing.T) {
	l, err := dockerdriver.Listen(filepath.Join(t.TempDir(), "vlcp.sock"))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := newServer(drivertest.NewFake(t)).Serve(t.Context(), l); err == nil {
		t.Error("no error")
	}
}

func TestServeRefusesSettings(t *testing.T) {
	for want, s := range map[string]*dockerdriver.Server{
		`scope "swarm" is neither local nor global`:          {Scope: "swarm"},
		`default-gateway "never" is neither auto nor always`: {DefaultGateway: "never"},
	} {
		socket := filepath.Join(t.TempDir(), "vlcp.sock")
		if err := s.ListenAndServe(t.Context(), socket); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		if _, err := os.Lstat(socket); !os.IsNotExist(err) {
			t.Errorf("the socket is left: %v", err)
		}
	}
}
