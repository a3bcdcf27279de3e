package kvstore

import "slices"

// Uncommitted is the revision that [Tx.Get] answers for a key that the same
// transaction wrote.
const Uncommitted Revision = "uncommitted"

// Tx is one run of a closure of [Update]: it reads from the store, once per
// key, and collects writes. A key that was read is a condition of the commit:
// it commits only if the key is still as it was read, whether it is written or
// not. A key that is written without having been read is overwritten whatever
// it holds.
//
// A Tx is of no use after its closure returned, nor to other goroutines.
type Tx struct {
	read  func(keys []string) ([]Entry, error)
	fresh bool // reads are current, and Create reads
	items map[string]*item
	order []*item // items as the closure came to them
	err   error   // of the read that failed: nothing may be committed over it
}

// item is what a transaction knows of one key.
type item struct {
	op   Op
	read bool
	base Entry // with read
}

func newTx(fresh bool, read func(keys []string) ([]Entry, error)) *Tx {
	return &Tx{read: read, fresh: fresh, items: map[string]*item{}}
}

// Get reads a key, or answers what this transaction wrote to it. An absent key
// has Revision Absent.
func (tx *Tx) Get(key string) (Entry, error) {
	entries, err := tx.GetAll(key)
	if err != nil {
		return Entry{}, err
	}
	return entries[0], nil
}

// GetAll reads keys in one round trip; one Entry per key, in their order.
func (tx *Tx) GetAll(keys ...string) ([]Entry, error) {
	if err := tx.fetch(keys); err != nil {
		return nil, err
	}
	entries := make([]Entry, len(keys))
	for i, key := range keys {
		entries[i] = tx.items[key].entry()
	}
	return entries, nil
}

// Put sets a key, and creates it if need be. To claim a key, Get it and Put it
// where it is absent: of two that do, one runs again and sees the other.
func (tx *Tx) Put(key string, value []byte) {
	tx.item(key).write(Op{Write: Put, Value: value})
}

// PutEphemeral is Put of a key that vanishes with this session of the store.
func (tx *Tx) PutEphemeral(key string, value []byte) {
	tx.item(key).write(Op{Write: Put, Value: value, Ephemeral: true})
}

// Delete deletes a key; an absent one stays absent.
func (tx *Tx) Delete(key string) {
	tx.item(key).write(Op{Write: Delete})
}

// Create sets a key that must not exist, without the round trip of a Get: for a
// key that is almost surely free, such as a random id. Where it does exist the
// commit conflicts, the closure runs again, and there Create looks first and
// answers [ErrExists]. After ErrUnknown what exists may be the closure's own
// work: Get tells.
func (tx *Tx) Create(key string, value []byte) error {
	if tx.fresh {
		if err := tx.fetch([]string{key}); err != nil {
			return err
		}
	}
	it := tx.item(key)
	if it.entry().Revision != Absent {
		return &Error{Op: "create", Key: key, Err: ErrExists}
	}
	if it.op.Write == None {
		it.op.Check = true
	}
	it.write(Op{Write: Put, Value: value})
	return nil
}

// fetch reads those of keys that the transaction knows nothing of.
func (tx *Tx) fetch(keys []string) error {
	var missing []string
	for _, key := range keys {
		if tx.items[key] == nil && !slices.Contains(missing, key) {
			missing = append(missing, key)
		}
	}
	if tx.err != nil || len(missing) == 0 {
		return tx.err
	}
	entries, err := tx.read(missing)
	if err != nil {
		tx.err = err
		return err
	}
	for _, e := range entries {
		it := tx.item(e.Key)
		it.read, it.base = true, e
		it.op.Check, it.op.Revision = true, e.Revision
	}
	return nil
}

// item is what the transaction knows of key, entered if it is new.
func (tx *Tx) item(key string) *item {
	it := tx.items[key]
	if it == nil {
		it = &item{op: Op{Key: key}}
		tx.items[key] = it
		tx.order = append(tx.order, it)
	}
	return it
}

// ops is the whole commit, and whether it writes anything.
func (tx *Tx) ops() (ops []Op, writes bool) {
	for _, it := range tx.order {
		ops = append(ops, it.op)
		writes = writes || it.op.Write != None
	}
	return ops, writes
}

// checks is the commit that only asks whether all that was read still holds.
func (tx *Tx) checks() []Op {
	var checks []Op
	for _, it := range tx.order {
		if it.read {
			checks = append(checks, Op{Key: it.op.Key, Check: true, Revision: it.base.Revision})
		}
	}
	return checks
}

// entry is the key as the closure sees it: its own write, else what was read.
func (it *item) entry() Entry {
	switch it.op.Write {
	case Put:
		return Entry{Key: it.op.Key, Value: it.op.Value, Revision: Uncommitted}
	case Delete:
		return Entry{Key: it.op.Key}
	}
	if it.read {
		return it.base
	}
	return Entry{Key: it.op.Key}
}

// write replaces what is written to the key and keeps its check.
func (it *item) write(op Op) {
	op.Key, op.Check, op.Revision = it.op.Key, it.op.Check, it.op.Revision
	it.op = op
}
