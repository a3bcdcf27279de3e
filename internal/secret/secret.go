// Package secret reads passwords and tokens from files.
package secret

import (
	"fmt"
	"os"
	"strings"
)

// Read reads the secret in a file: its content, without the end of its last line.
func Read(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(raw), "\r\n")
	if text == "" || strings.ContainsAny(text, "\r\n\x00") {
		return "", fmt.Errorf("%s: a password or token is one line of text", path)
	}
	return text, nil
}
