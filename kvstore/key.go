package kvstore

import (
	"fmt"
	"net/url"
	"strings"
)

// MaxKey is the longest key in bytes.
const MaxKey = 512

// emptyPart stands for "" in a key: a lone "%" that no escaping produces.
const emptyPart = "%"

// Key builds the key whose path has these parts. Any strings will do: each
// becomes one segment, escaped by url.PathEscape ("." and ".." too, "" is a
// lone "%"), and [Split] gives them back. Without parts it is "", which no
// store takes.
func Key(parts ...string) string {
	segments := make([]string, len(parts))
	for i, part := range parts {
		segments[i] = escape(part)
	}
	return strings.Join(segments, "/")
}

// Prefix builds the prefix of all keys below Key(parts...); without parts it is
// "", everything.
func Prefix(parts ...string) string {
	if len(parts) == 0 {
		return ""
	}
	return Key(parts...) + "/"
}

// Split is the inverse of [Key]: the parts that key was built of. A string that
// Key can't have built is [ErrInvalid].
func Split(key string) ([]string, error) {
	segments := strings.Split(key, "/")
	for i, segment := range segments {
		part, err := unescape(segment)
		if err != nil {
			return nil, &Error{Op: "split", Key: key, Err: err}
		}
		segments[i] = part
	}
	return segments, nil
}

func escape(part string) string {
	switch part {
	case "":
		return emptyPart
	case ".", "..":
		return strings.ReplaceAll(part, ".", "%2E")
	}
	return url.PathEscape(part)
}

func unescape(segment string) (string, error) {
	if segment == emptyPart {
		return "", nil
	}
	part, err := url.PathUnescape(segment)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if escape(part) != segment {
		return "", fmt.Errorf("%w: segment %q is not as Key writes it", ErrInvalid, segment)
	}
	return part, nil
}
