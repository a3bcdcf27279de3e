package config

import "regexp"

var (
	// To the last "@": a "/" or "@" that should have been escaped is in the password.
	password  = regexp.MustCompile(`(://[^:@/]*):.*@`)
	parameter = regexp.MustCompile(`((?:password|token|secret)=)[^&]*`)
)

// Redact hides the secrets that may be in a value: the password of a URL, and
// parameters that are secrets themselves. The names of files with secrets stay.
func Redact(value string) string {
	return parameter.ReplaceAllString(password.ReplaceAllString(value, "$1:xxxxx@"), "${1}xxxxx")
}
