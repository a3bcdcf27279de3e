package testenv

import (
	"os"
	"testing"
)

// Root skips t without root, which making namespaces and interfaces needs.
func Root(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root for a network namespace")
	}
}
