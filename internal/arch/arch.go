// Package arch has only tests: they hold the architecture of docs/architecture.md.
package arch
