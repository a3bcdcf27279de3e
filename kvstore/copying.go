package kvstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// copying is one run of Copy.
type copying struct {
	CopyOptions
	from, to Store
	source   contents // of from
	draft    Revision // of the seal in to
}

// contents are what a store has.
type contents struct {
	entries []Entry // without the seal, and what is skipped
	seal    Entry
}

func (c *copying) run(ctx context.Context) (err error) {
	if c.source, err = c.read(ctx, c.from); err != nil {
		return err
	}
	ops, err := c.plan(ctx)
	if err != nil {
		return err
	}
	if err := c.begin(ctx); err != nil {
		return err
	}
	for batch := range slices.Chunk(ops, max(c.to.Limits().Ops-1, 1)) { // one for the seal
		if err := c.commit(ctx, batch); err != nil {
			return err
		}
	}
	if err := c.verify(ctx); err != nil {
		return err
	}
	return c.seal(ctx)
}

func (c *copying) read(ctx context.Context, s Store) (found contents, err error) {
	all, err := s.List(ctx, "")
	for _, e := range all {
		skip := slices.ContainsFunc(c.Skip, func(prefix string) bool { return strings.HasPrefix(e.Key, prefix) })
		switch {
		case e.Key == c.Seal:
			found.seal = e
		case !skip:
			found.entries = append(found.entries, e)
		}
	}
	return found, err
}

// plan tells what is to be written, after it made sure that all of it may be, and
// fits.
func (c *copying) plan(ctx context.Context) ([]Op, error) {
	there, err := c.read(ctx, c.to)
	switch {
	case err != nil:
		return nil, err
	case c.source.seal.Revision == Absent:
		return nil, ErrNoData
	case c.isDraft(c.source.seal):
		return nil, fmt.Errorf("%w: it is a copy that was not finished", ErrNoData)
	case !c.isDraft(there.seal) && there.seal.Revision != Absent:
		return nil, fmt.Errorf("%w: it has %d keys", ErrNotEmpty, len(there.entries)+1)
	case !c.isDraft(there.seal) && len(there.entries) > 0:
		return nil, fmt.Errorf("%w: it has %d keys, such as %s", ErrNotEmpty, len(there.entries), there.entries[0].Key)
	}
	c.draft = there.seal.Revision
	ops := difference(there.entries, c.source.entries)
	return ops, c.fit(ops)
}

func (c *copying) isDraft(seal Entry) bool {
	return seal.Revision != Absent && bytes.Equal(seal.Value, c.Draft)
}

// difference is what makes want of has.
func difference(has, want []Entry) (ops []Op) {
	old := make(map[string][]byte, len(has))
	for _, e := range has {
		old[e.Key] = e.Value
	}
	for _, e := range want {
		if value, found := old[e.Key]; !found || !bytes.Equal(value, e.Value) {
			ops = append(ops, Op{Key: e.Key, Write: Put, Value: e.Value})
		}
		delete(old, e.Key)
	}
	for key := range old {
		ops = append(ops, Op{Key: key, Write: Delete})
	}
	return ops
}

// fit refuses what does not fit even into a commit of its own.
func (c *copying) fit(ops []Op) error {
	limits := c.to.Limits()
	for _, op := range ops {
		if err := limits.Check([]Op{op, {Key: c.Seal, Check: true}}); err != nil {
			return err
		}
	}
	return limits.Check([]Op{{Key: c.Seal, Write: Put, Value: c.source.seal.Value}})
}

// begin makes the seal a draft, unless an earlier copy did.
func (c *copying) begin(ctx context.Context) error {
	if c.draft != Absent {
		return nil
	}
	err := Update(ctx, c.to, func(tx *Tx) error {
		seal, err := tx.Get(c.Seal)
		switch {
		case err != nil || c.isDraft(seal): // by an earlier run
			return err
		case seal.Revision != Absent:
			return ErrChanged
		}
		tx.Put(c.Seal, c.Draft)
		return nil
	})
	if err != nil {
		return err
	}
	entries, err := c.to.Get(ctx, []string{c.Seal}, true)
	if err != nil {
		return err
	}
	if !c.isDraft(entries[0]) {
		return ErrChanged
	}
	c.draft = entries[0].Revision
	return nil
}

// commit writes a batch, if the seal is still the draft. A batch of too many bytes
// is cut in two.
func (c *copying) commit(ctx context.Context, batch []Op) error {
	err := c.to.Commit(ctx, append([]Op{{Key: c.Seal, Check: true, Revision: c.draft}}, batch...))
	half := len(batch) / 2
	switch {
	case errors.Is(err, ErrTooLarge) && half > 0:
		return errors.Join(c.commit(ctx, batch[:half]), c.commit(ctx, batch[half:]))
	case errors.Is(err, ErrConflict):
		return ErrChanged
	}
	return err
}

// verify compares the stores.
func (c *copying) verify(ctx context.Context) error {
	for _, s := range []Store{c.from, c.to} {
		now, err := c.read(ctx, s)
		if err != nil {
			return err
		}
		if ops := difference(now.entries, c.source.entries); len(ops) > 0 {
			return fmt.Errorf("%w: %d keys differ, such as %s", ErrChanged, len(ops), ops[0].Key)
		}
	}
	return nil
}

// seal ends the copy.
func (c *copying) seal(ctx context.Context) error {
	return Update(ctx, c.to, func(tx *Tx) error {
		seal, err := tx.Get(c.Seal)
		switch {
		case err != nil || bytes.Equal(seal.Value, c.source.seal.Value): // by an earlier run
			return err
		case seal.Revision != c.draft:
			return ErrChanged
		}
		tx.Put(c.Seal, c.source.seal.Value)
		return nil
	})
}
