package kvstore

import (
	"fmt"
	"strings"
)

// CheckKey refuses with [ErrInvalid] what the contract does not call a key.
// Back-ends call it, so that all of them take the same keys.
func CheckKey(key string) error {
	if err := checkPath(key); err != nil {
		return &Error{Op: "key", Key: key, Err: err}
	}
	return nil
}

// CheckPrefix refuses with [ErrInvalid] what the contract does not call a
// prefix.
func CheckPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	path, ok := strings.CutSuffix(prefix, "/")
	if !ok {
		return &Error{Op: "key", Key: prefix, Err: fmt.Errorf(`%w: a prefix ends in "/"`, ErrInvalid)}
	}
	return CheckKey(path)
}

// CheckKeys is CheckKey for many.
func CheckKeys(keys []string) error {
	for _, key := range keys {
		if err := CheckKey(key); err != nil {
			return err
		}
	}
	return nil
}

// Check refuses a commit that is malformed ([ErrInvalid]) or over the limits
// ([ErrTooLarge], naming the limit). Every back-end calls it first in Commit.
func (l Limits) Check(ops []Op) error {
	if len(ops) > l.Ops {
		return tooLarge("", "%d operations, at most %d", len(ops), l.Ops)
	}
	size, seen := 0, make(map[string]bool, len(ops))
	for _, op := range ops {
		if err := l.checkOp(op); err != nil {
			return err
		}
		if seen[op.Key] {
			return invalid(op.Key, "named twice in one commit")
		}
		seen[op.Key] = true
		size += len(op.Key) + len(op.Value)
	}
	if size > l.Bytes {
		return tooLarge("", "%d bytes of keys and values, at most %d", size, l.Bytes)
	}
	return nil
}

func (l Limits) checkOp(op Op) error {
	switch {
	case op.Write > Delete:
		return invalid(op.Key, fmt.Sprintf("no such write: %d", op.Write))
	case op.Write == None && !op.Check:
		return invalid(op.Key, "an operation that neither checks nor writes")
	case op.Write != Put && (op.Ephemeral || len(op.Value) > 0):
		return invalid(op.Key, "a value without a Put")
	case !op.Check && op.Revision != Absent:
		return invalid(op.Key, "a revision without a check")
	case len(op.Value) > l.Value:
		return tooLarge(op.Key, "a value of %d bytes, at most %d", len(op.Value), l.Value)
	}
	return CheckKey(op.Key)
}

func checkPath(key string) error {
	if len(key) > MaxKey {
		return fmt.Errorf("%w: a key of %d bytes, at most %d", ErrInvalid, len(key), MaxKey)
	}
	for segment := range strings.SplitSeq(key, "/") {
		switch segment {
		case "", ".", "..":
			return fmt.Errorf("%w: segment %q in a key", ErrInvalid, segment)
		}
	}
	if i := strings.IndexFunc(key, foreign); i >= 0 {
		return fmt.Errorf("%w: character %q in a key, use kvstore.Key to build keys", ErrInvalid, key[i])
	}
	return nil
}

// foreign tells the characters that url.PathEscape would escape (RFC 3986, 3.3).
func foreign(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_.~$&+=:@%/", r)
}

func invalid(key, why string) error {
	return &Error{Op: "commit", Key: key, Err: fmt.Errorf("%w: %s", ErrInvalid, why)}
}

func tooLarge(key, format string, args ...any) error {
	return &Error{Op: "commit", Key: key, Err: fmt.Errorf("%w: %s", ErrTooLarge, fmt.Sprintf(format, args...))}
}
