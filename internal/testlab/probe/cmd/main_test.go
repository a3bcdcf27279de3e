package main

import (
	"strings"
	"testing"
)

func TestRunErrors(t *testing.T) {
	tests := []struct{ args, says string }{
		{"", "usage"},
		{"fly", "usage"},
		{"ping nowhere", "nowhere"},
		{"ping -i 1ms", "unable to parse IP"},
		{"check -network sctp a:1", "sctp"},
		{"reach 127.0.0.1 nowhere", "nowhere"},
		{"resolve", "usage"},
	}
	for _, tt := range tests {
		err := run(t.Context(), strings.Fields(tt.args))
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("probe %s: %v", tt.args, err)
		}
	}
}
