// Package labtest gives a test a lab that ends with it.
package labtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vlcp-go/vlcp/internal/testlab"
)

// New makes a lab that is closed after t, and fails t if something is left of
// it then. Where t failed, it logs what the programs in the lab said. It skips
// t where the machine lacks something for a lab.
func New(t testing.TB, c testlab.Config) *testlab.Lab {
	t.Helper()
	lab, err := testlab.New(t.Context(), c)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end(t, lab) })
	return lab
}

func end(t testing.TB, lab *testlab.Lab) {
	if t.Failed() {
		t.Log(lab.Logs())
	}
	if err := lab.Close(); err != nil {
		t.Error(err)
	}
	left, err := lab.Leftovers()
	if err != nil {
		t.Error(err)
	}
	for _, l := range left {
		t.Errorf("left of the lab: %s", l)
	}
}

// Up makes hosts with Open vSwitch, Docker and [testlab.Image].
func Up(t testing.TB, lab *testlab.Lab, configs ...testlab.HostConfig) []*testlab.Host {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	hosts, err := lab.Up(ctx, configs...)
	if err != nil {
		t.Fatal(err)
	}
	return hosts
}
