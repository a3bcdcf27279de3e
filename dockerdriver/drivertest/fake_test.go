package drivertest

import (
	"testing"

	"github.com/vlcp-go/vlcp/dockerdriver"
	"github.com/vlcp-go/vlcp/ipam"
)

func TestFake(t *testing.T) {
	Run(t, func(t *testing.T) (dockerdriver.Driver, ipam.IPAM) {
		f := NewFake(t)
		return f, f.IPAM
	})
}
