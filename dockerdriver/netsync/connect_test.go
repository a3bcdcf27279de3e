package netsync_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/network"

	"github.com/vlcp-go/vlcp/dockerdriver/netsync"
	"github.com/vlcp-go/vlcp/internal/testenv"
)

// A Docker that whoever reaches it can use is warned of, where others do.
func TestConnectWarns(t *testing.T) {
	for host, warns := range map[string]bool{
		"unix:///var/run/docker.sock": false,
		"tcp://localhost:2375":        false,
		"tcp://127.0.0.1:2375":        false,
		"tcp://[::1]:2375":            false,
		"tcp://0.0.0.0:2375":          true,
		"tcp://10.0.1.2:2375":         true,
		"tcp://docker.example:2375":   true,
	} {
		var log bytes.Buffer
		c, err := netsync.Connect(host, "", slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if got := strings.Contains(log.String(), "without TLS"); got != warns {
			t.Errorf("%s: warned: %v, want %v", host, got, warns)
		}
	}
}

func TestConnectRefused(t *testing.T) {
	for _, host := range []string{"/var/run/docker.sock", "localhost:2375", "carrier://pigeon"} {
		if c, err := netsync.Connect(host, "", slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "use unix:///path or tcp://host:port") {
			t.Errorf("%s: %v, %v", host, c, err)
		}
	}
	if c, err := netsync.Connect("tcp://127.0.0.1:2376", t.TempDir(), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "ca.pem") {
		t.Errorf("without the files: %v, %v", c, err)
	}
}

// With TLS keys Docker is reached as dockerd --tlsverify wants it, by the version
// of the API that it speaks.
func TestConnectTLS(t *testing.T) {
	certs := testenv.NewCerts(t)
	docker := httptest.NewUnstartedServer(newDockerd(t, "h1", "1.41"))
	docker.TLS = verifying(t, certs)
	docker.StartTLS()
	defer docker.Close()
	dir := t.TempDir()
	for name, file := range map[string]string{"ca.pem": certs.CA, "cert.pem": certs.ClientCert, "key.pem": certs.ClientKey} {
		if err := os.Symlink(file, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	c, err := netsync.Connect("tcp://"+docker.Listener.Addr().(*net.TCPAddr).String(), dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all, err := c.NetworkList(t.Context(), network.ListOptions{})
	if err != nil || len(all) != 1 || c.ClientVersion() != "1.41" || log.Len() > 0 {
		t.Errorf("networks %v, %v; version %s; log %s", all, err, c.ClientVersion(), &log)
	}
}

// verifying is TLS that asks for a client's certificate.
func verifying(t *testing.T, certs testenv.Certs) *tls.Config {
	t.Helper()
	own, err := tls.LoadX509KeyPair(certs.ServerCert, certs.ServerKey)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(certs.CA)
	if err != nil {
		t.Fatal(err)
	}
	known := x509.NewCertPool()
	known.AppendCertsFromPEM(ca)
	return &tls.Config{Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: known}
}
