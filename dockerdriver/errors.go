package dockerdriver

import (
	"context"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/ipam"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
)

// explain is an error as Docker shows it to the user, with what there is to do
// about it.
func explain(err error) string {
	switch {
	case errors.Is(err, kvstore.ErrUnavailable):
		return fmt.Sprintf("%v: containers that run keep their network; run the command again when the store is back", err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("not done within %v: %v; the log of vlcp says what it waited for; run the command again", callTimeout, err)
	case errors.Is(err, context.Canceled):
		return fmt.Sprintf("Docker gave up waiting, or vlcp is being stopped: %v", err)
	}
	return err.Error()
}

// endpointError says what to do about an address that an endpoint can't have.
// Addresses of our own IPAM are claimed before, so that this is another one's,
// or its network's range says less than that IPAM knows.
func endpointError(err error) error {
	switch {
	case errors.Is(err, ipam.ErrTaken), errors.Is(err, ipam.ErrOutside):
		return fmt.Errorf("%w: Docker's own IPAM does not know what is used on other hosts, nor the range of the network; create the network with --ipam-driver vlcp", err)
	case errors.Is(err, network.ErrNotFound):
		return fmt.Errorf("%w: it was deleted beside Docker; remove the Docker network too and create it again", err)
	}
	return err
}
