// Package e2e has the end-to-end tests: a real dockerd that calls the plugin, a
// real Open vSwitch that carries the packets, all in a throw-away host of
// package testlab, looked at from inside the containers. VLCP_ENGINE=28 has them
// run on that version of Docker, where .ci/install put it.
package e2e
