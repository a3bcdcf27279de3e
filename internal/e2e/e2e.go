// Package e2e has the end-to-end tests: a real dockerd that calls the plugin, a
// real Open vSwitch that carries the packets, all in a throw-away host of
// package testlab, looked at from inside the containers.
package e2e
