package cli

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/vlcp-go/vlcp/internal/config"
	"github.com/vlcp-go/vlcp/internal/secret"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// patience is how long an answer may take.
const patience = time.Minute

// api is the agent that the commands talk to; how it is reached is said by flags, or
// the environment.
type api struct {
	flagSet                  *pflag.FlagSet
	addresses                []string // an agent may have several
	tokenFile, ca, cert, key string
}

func newAPI() *api {
	a := &api{flagSet: pflag.NewFlagSet("", pflag.ContinueOnError)}
	a.flagSet.StringSliceVar(&a.addresses, "api", []string{client.DefaultAddress}, "the agent's API: unix:///path, http://host:port or https://host:port")
	a.flagSet.Lookup("api").DefValue = client.DefaultAddress // not as a list
	a.flagSet.StringVar(&a.tokenFile, "api-token-file", "", "a file with the token that the agent wants")
	a.flagSet.StringVar(&a.ca, "api-ca", "", "for https: a file with the authority of the agent's certificate (default those that the system trusts)")
	a.flagSet.StringVar(&a.cert, "api-cert", "", "for https: a file with a certificate for this client")
	a.flagSet.StringVar(&a.key, "api-key", "", "for https: the file with its key")
	return a
}

// do calls the agent, and says in its error what to do.
func (a *api) do(ctx context.Context, call func(context.Context, *client.Client) error) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return a.explain(call(ctx, c))
}

// agentsFile is what this host's agent is told of its API. Not everybody may read
// that.
func agentsFile() *config.File {
	file, err := config.Read(cmp.Or(os.Getenv("VLCP_CONFIG"), usualFile))
	if err != nil {
		return nil
	}
	return file.Only("api")
}

func (a *api) connect() (*client.Client, error) {
	source := config.Source{Prefix: "VLCP", Getenv: os.Getenv, File: agentsFile()}
	if _, err := source.Fill(a.flagSet); err != nil {
		return nil, err
	}
	c := client.Config{Address: a.address()}
	if !strings.Contains(c.Address, "://") {
		c.Address = "http://" + c.Address
	}
	var err error
	if c.TLS, err = a.tls(); err != nil {
		return nil, err
	}
	if a.tokenFile != "" {
		if c.Token, err = secret.Read(a.tokenFile); err != nil {
			return nil, fmt.Errorf("--api-token-file: %w", err)
		}
	}
	return client.New(c)
}

// address is the one to call: a socket, if there is one.
func (a *api) address() string {
	isSocket := func(address string) bool { return strings.HasPrefix(address, "unix://") }
	if i := slices.IndexFunc(a.addresses, isSocket); i >= 0 {
		return a.addresses[i]
	}
	return cmp.Or(append(a.addresses, client.DefaultAddress)...)
}

// tls is nil where the system's authorities will do.
func (a *api) tls() (*tls.Config, error) {
	if a.ca == "" && a.cert == "" && a.key == "" {
		return nil, nil
	}
	c := &tls.Config{}
	if a.ca != "" {
		pem, err := os.ReadFile(a.ca)
		if err != nil {
			return nil, fmt.Errorf("--api-ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--api-ca: %s has no certificate in PEM form", a.ca)
		}
	}
	if a.cert != "" || a.key != "" {
		pair, err := tls.LoadX509KeyPair(a.cert, a.key)
		if err != nil {
			return nil, fmt.Errorf("--api-cert and --api-key: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// explain adds to an error what to do.
func (a *api) explain(err error) error {
	var said *client.Error
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &said) && said.Status == http.StatusUnauthorized:
		return fmt.Errorf("%w; give the agent's token with --api-token-file FILE", err)
	case errors.As(err, &said):
		return err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("no agent answers at %s: start it (systemctl start vlcp), or name another with --api", a.address())
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("you may not use %s: be root, or use sudo", a.address())
	case errors.As(err, &untrusted):
		return fmt.Errorf("%w; name the authority of its certificate with --api-ca FILE", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer within %v; see journalctl -u vlcp there", a.address(), patience)
	}
	return err
}
