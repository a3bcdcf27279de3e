package plan_test

import (
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/network"
)

// TestConnectionsShareMegaflows holds that a port's connections do not each
// cost an entry of the switch's cache: that the pipeline looks at UDP ports
// must not make it tell all of them apart.
func TestConnectionsShareMegaflows(t *testing.T) {
	l := guarded(t, func(*network.Network, *network.Subnet, *network.Port) {})
	for i := range uint16(1000) {
		l.ends["x"].send(fromX(y, typeIPv4, ipv4("10.0.0.2", "10.0.0.3", 1024+61*i, 10007*i)))
		if i%50 == 0 { // the switch reads from a buffer of 200 kB
			l.ends["x"].echo()
		}
	}
	l.fewMegaflows()
}

// TestRoutedConnectionsShareMegaflows holds the same for what is routed.
func TestRoutedConnectionsShareMegaflows(t *testing.T) {
	l := newLab(t)
	l.routed()
	for i := range uint16(1000) {
		l.ends["a"].send(from("a", typeIPv4, ipv4("10.1.0.2", "10.2.0.2", 1024+61*i, 10007*i)))
		if i%50 == 0 {
			l.ends["a"].echo()
		}
	}
	l.fewMegaflows()
}

func (l *lab) fewMegaflows() {
	l.Helper()
	megaflows := strings.Split(strings.TrimSpace(l.ovs.Appctl("dpctl/dump-flows")), "\n")
	if len(megaflows) > 30 {
		l.Errorf("%d megaflows for 1,000 connections, such as\n%s", len(megaflows), strings.Join(megaflows[:3], "\n"))
	}
}
