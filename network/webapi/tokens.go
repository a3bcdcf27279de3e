package webapi

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"os"
	"strings"
)

// minToken is the length of a token that can't be guessed, in bytes.
const minToken = 16

// token is what a client shows, as the hash that it is compared by.
type token struct {
	name string
	hash [sha256.Size]byte
}

// readTokens reads a file of tokens.
func readTokens(file string) ([]token, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("tokens: everybody can read or write %s: chmod o= %[1]s", file)
	}
	var all []token
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		t, err := readToken(line)
		if err != nil {
			return nil, fmt.Errorf("tokens: %s: %w", file, err)
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("tokens: %s has none: write a line for each client, its name, a space and a token, such as one of openssl rand -hex 32", file)
	}
	return all, nil
}

// readToken reads one line. Its error does not show the token.
func readToken(line string) (token, error) {
	name, text, _ := strings.Cut(line, " ")
	text = strings.TrimSpace(text)
	if len(text) < minToken || strings.ContainsAny(text, " \t") {
		return token{}, fmt.Errorf("the line of %.50q is not a name, a space and a token of at least %d characters", name, minToken)
	}
	return token{name, sha256.Sum256([]byte(text))}, nil
}

// find is the name of who has a token; "" for nobody. It takes as long for any.
func find(all []token, text string) (name string) {
	hash := sha256.Sum256([]byte(text))
	for _, t := range all {
		if subtle.ConstantTimeCompare(hash[:], t.hash[:]) == 1 {
			name = t.name
		}
	}
	return name
}
