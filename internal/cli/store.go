package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/internal/config"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/kvstore/bolt"
	"github.com/vlcp-go/vlcp/network"
)

func storeCommand(p Program) *cobra.Command {
	c := group("store", "Move the store")
	c.AddCommand(&cobra.Command{
		Use: "copy FROM TO", Short: "Copy a store to another one, which is empty", Args: takes(2, 2),
		Long: `Copy all that a store has to another one, which must be empty: to move a host from
its own file to a cluster, or back. FROM and TO are URLs as those of vlcp serve --store.

No vlcp may run with either of them meanwhile (with its socket unit running too, systemd
would start it at Docker's next call); containers go on talking. Afterwards the
two are compared. A copy that was cut in the middle can't be used by vlcp serve, and is
completed by the same command.`,
		Example: "  systemctl stop vlcp.socket vlcp.service\n  vlcp store copy bolt:///var/lib/vlcp/vlcp.db etcd://10.0.0.5,10.0.0.6,10.0.0.7/vlcp",
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := copyStore(cmd.Context(), p, args[0], args[1], slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: slog.LevelWarn})))
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d keys copied; now set store = %q in %s and start vlcp\n", keys, config.Redact(args[1]), usualFile)
			return nil
		},
	})
	return c
}

func copyStore(ctx context.Context, p Program, fromURL, toURL string, log *slog.Logger) (keys int, err error) {
	if fromURL == toURL {
		return 0, errors.New("FROM and TO are the same store")
	}
	if err := exists(fromURL); err != nil {
		return 0, err
	}
	from, err := openIdle(ctx, p, fromURL, log)
	if err != nil {
		return 0, err
	}
	defer from.Close()
	to, err := openIdle(ctx, p, toURL, log)
	if err != nil {
		return 0, err
	}
	keys, err = network.CopyStore(ctx, from, to)
	return keys, advise(errors.Join(err, to.Close()))
}

// exists refuses a file that is not there: opening it would make it.
func exists(url string) error {
	path, file := strings.CutPrefix(url, "bolt://")
	if _, err := os.Stat(path); file && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no store %s", path)
	}
	return nil
}

// openIdle opens a store that no agent has open.
func openIdle(ctx context.Context, p Program, url string, log *slog.Logger) (kvstore.Store, error) {
	if url == "memory:" {
		return nil, errors.New("memory: is a store that is forgotten at the end")
	}
	s, err := p.OpenStore(ctx, url, log)
	if errors.Is(err, bolt.ErrInUse) {
		return nil, fmt.Errorf("%w; stop it first, with systemctl stop vlcp.socket vlcp.service: containers go on talking", err)
	}
	return s, err
}

// advise adds to the error of a copy what to do.
func advise(err error) error {
	switch {
	case errors.Is(err, kvstore.ErrNotEmpty):
		return fmt.Errorf("%w; name another root, as in etcd://host/vlcp2, or delete what is there", err)
	case errors.Is(err, kvstore.ErrChanged), errors.Is(err, kvstore.ErrUnknown), errors.Is(err, kvstore.ErrUnavailable), errors.Is(err, context.Canceled):
		return fmt.Errorf("%w; the copy may be incomplete: the same command once more completes it", err)
	}
	return err
}
