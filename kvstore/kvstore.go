// Package kvstore is the transactional, watchable store that a vlcp network
// is kept in.
//
// A back-end is a [Store]: six methods with the contract below. Everything
// above it is a function: [Update] runs a closure as one transaction and runs
// it again on a conflict, [Tx] is what the closure sees, [Key] builds keys.
// Back-ends live beside this file (memory, bolt, …), each a package of its
// own, so that a program links only those that it imports. Package kvtest
// tests any of them against this contract.
//
// # Contract
//
//  1. A key is a path of one or more non-empty segments joined by "/", as
//     [Key] builds it: at most 512 bytes of the characters that url.PathEscape
//     leaves alone, and "%". A back-end stores nothing outside the root it was opened
//     with. A value is any bytes up to Limits().Value; nil and empty are the
//     same value.
//  2. A prefix is "" (everything) or a path that ends in "/": it names the
//     keys below it, never the key of the same name without the slash.
//  3. A [Revision] is opaque and compares with ==. "" means that the key does
//     not exist. Each write of a key gives it a revision that this key never
//     had before, also when it was deleted in between.
//  4. Commit applies all of its operations or none. Checks are evaluated
//     against the state before the commit. A key appears at most once. Commits
//     are linearizable: one that began after another was acknowledged sees it.
//  5. Commit has three outcomes: nil (done), [ErrConflict] (a check did not
//     hold, nothing was written), and [ErrUnknown] (the connection was lost on
//     the way: it may or may not have been applied). Any other error means
//     that nothing was written. If ctx ends on the way, the error matches both
//     ErrUnknown and ctx.Err(). A commit over the limits is refused with
//     [ErrTooLarge] before anything is sent; a malformed one with [ErrInvalid]
//     ([Limits.Check] tells both). A commit of nothing is done at once.
//  6. Get and List may be stale, but never go back: what one caller saw once,
//     or wrote, is not unseen by its later reads on the same Store. Get with
//     current=true sees every commit acknowledged before it began. Get answers
//     one Entry per asked key, in that order; absent keys have Revision "".
//     List answers existing keys only, sorted by key.
//  7. Watch calls fn from one goroutine at a time: first a batch with Snapshot
//     set, which holds all that exists below the prefix, then batches of
//     changes; a deleted key has Revision "". For one key the order of changes
//     holds, and the last change always arrives; changes in between may be
//     merged. The changes of one commit may arrive in pieces. Whenever the
//     back-end lost track it sends a new Snapshot, which replaces everything
//     before it; a consumer needs no other case. fn may take its time and may
//     call the Store: a slow one holds up nobody. Watch returns when ctx ends
//     (with its error), when fn fails (with that error), or when the Store is
//     closed ([ErrClosed]); never because a server was away.
//  8. An ephemeral key vanishes when the session that wrote it last ends: at
//     Close, or some time after its process died. Writing it takes over what
//     an earlier session left. It has no children. A plain write makes it
//     durable.
//  9. Every method returns soon after its ctx ended, with an error that
//     matches ctx.Err(), and may be called from many goroutines. After Close
//     every method answers [ErrClosed]; Close may be called twice.
//  10. What could not be reached for longer than the back-end's own patience
//     is [ErrUnavailable].
package kvstore

import (
	"context"
	"fmt"
	"strings"
)

// Revision names one state of one key. It is opaque; "" means absent.
type Revision string

// Absent is the revision of a key that does not exist.
const Absent Revision = ""

// Entry is a key as it was read.
type Entry struct {
	Key      string
	Value    []byte   // not to be modified
	Revision Revision // Absent where the key does not exist
}

// Write says what an Op does to its key.
type Write uint8

// The kinds of write.
const (
	None   Write = iota // only the check
	Put                 // set the value, create the key if need be
	Delete              // delete the key; of an absent key it is no error
)

// Op is one operation of a commit: an optional check and an optional write of
// one key.
type Op struct {
	Key       string
	Check     bool     // commit only if the key is at Revision
	Revision  Revision // with Check; Absent: the key must not exist
	Write     Write
	Value     []byte // with Put
	Ephemeral bool   // with Put: the key goes with the session
}

// String is short: put net/1="{…}" if absent.
func (op Op) String() string {
	var b strings.Builder
	switch op.Write {
	case Put:
		fmt.Fprintf(&b, "put %s=%.40q", op.Key, op.Value)
	case Delete:
		b.WriteString("delete " + op.Key)
	default:
		b.WriteString("check " + op.Key)
	}
	if op.Ephemeral {
		b.WriteString(" ephemeral")
	}
	switch {
	case op.Check && op.Revision == Absent:
		b.WriteString(" if absent")
	case op.Check:
		fmt.Fprintf(&b, " if at %s", op.Revision)
	}
	return b.String()
}

// Batch is what a watch delivers at once.
type Batch struct {
	Snapshot bool    // Entries are all that exists, and replace what was before
	Entries  []Entry // sorted by key in a snapshot; Revision Absent: deleted
}

// Limits are the bounds of one commit and one value.
type Limits struct {
	Ops   int // operations in one commit, checks counted
	Bytes int // sum of the keys and values of one commit, in bytes
	Value int // one value, in bytes
}

// Store is a back-end. The package comment is its contract.
type Store interface {
	// Get reads keys; with current it sees all that was committed before.
	Get(ctx context.Context, keys []string, current bool) ([]Entry, error)
	// List reads all keys below a prefix, sorted.
	List(ctx context.Context, prefix string) ([]Entry, error)
	// Commit applies ops atomically, or answers ErrConflict, ErrUnknown,
	// ErrTooLarge, ErrInvalid or another error.
	Commit(ctx context.Context, ops []Op) error
	// Watch calls fn with a snapshot and then with changes until it ends.
	Watch(ctx context.Context, prefix string, fn func(Batch) error) error
	// Limits tells the bounds that Commit enforces.
	Limits() Limits
	// Close ends the session: ephemeral keys go, watches end.
	Close() error
}
