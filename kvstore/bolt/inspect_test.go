package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
)

// TestInspect damages one page of each kind in every way that it can tell.
func TestInspect(t *testing.T) {
	intact := written(t)
	for _, test := range []struct {
		name   string
		kind   uint16 // of the page
		damage func(p page, id uint64)
	}{
		{"another id", leafPage, func(p page, id uint64) { order.PutUint64(p, id+1) }},
		{"another kind", leafPage, func(p page, _ uint64) { order.PutUint16(p[8:], freelistPage) }},
		{"an overflow that ends outside", leafPage, func(p page, _ uint64) { order.PutUint32(p[12:], 1<<31) }},
		{"an overflow over others", leafPage, func(p page, _ uint64) { order.PutUint32(p[12:], 3) }},
		{"more keys than fit", leafPage, func(p page, _ uint64) { order.PutUint16(p[10:], 0xFFFF) }},
		{"a key that lies outside", leafPage, func(p page, _ uint64) { order.PutUint32(p[headerSize+4:], 1<<31) }},
		{"a value that ends outside", leafPage, func(p page, _ uint64) { order.PutUint32(p[headerSize+12:], 1<<31) }},
		{"the same key twice", leafPage, func(p page, _ uint64) {
			first, second := p.element(0), p.element(1)
			copy(p[second:second+elementSize], p[first:first+elementSize])
			order.PutUint32(p[second+4:], order.Uint32(p[first+4:])-elementSize)
		}},
		{"a value that says it is a bucket", leafPage, func(p page, _ uint64) { order.PutUint32(p[headerSize:], bucketFlag) }},
		{"a bucket cut short", leafPage, func(p page, _ uint64) {
			order.PutUint32(p[headerSize:], bucketFlag)
			order.PutUint32(p[headerSize+12:], 8)
		}},
		{"a small bucket cut short", leafPage, func(p page, _ uint64) {
			order.PutUint32(p[headerSize:], bucketFlag)
			order.PutUint32(p[headerSize+12:], 20)
			value := p.element(0) + int(order.Uint32(p[headerSize+4:])+order.Uint32(p[headerSize+8:]))
			order.PutUint64(p[value:], 0)
		}},
		{"a branch to itself", branchPage, func(p page, id uint64) { order.PutUint64(p[headerSize+8:], id) }},
		{"a branch to a head", branchPage, func(p page, _ uint64) { order.PutUint64(p[headerSize+8:], 1) }},
		{"two branches to one page", branchPage, func(p page, _ uint64) { copy(p[p.element(1)+8:][:8], p[headerSize+8:]) }},
		{"a branch out of the file", branchPage, func(p page, _ uint64) { order.PutUint64(p[headerSize+8:], 1<<40) }},
		{"more branches than fit", branchPage, func(p page, _ uint64) { order.PutUint16(p[10:], 0xFFFF) }},
		{"branches that are not in order", branchPage, func(p page, _ uint64) { order.PutUint32(p[headerSize+4:], 1<<31) }},
		{"free, but in use", freelistPage, func(p page, id uint64) { order.PutUint64(p[headerSize:], id) }},
		{"free, but outside", freelistPage, func(p page, _ uint64) { order.PutUint64(p[headerSize:], 1<<40) }},
		{"free twice", freelistPage, func(p page, _ uint64) { copy(p[headerSize:][:8], p[headerSize+8:]) }},
		{"more free than fit", freelistPage, func(p page, _ uint64) { order.PutUint16(p[10:], 0xFFFE) }},
		{"very many more free than fit", freelistPage, func(p page, _ uint64) {
			order.PutUint16(p[10:], longFreelist)
			order.PutUint64(p[headerSize:], 1<<20)
		}},
		{"no list of free pages", freelistPage, func(p page, _ uint64) { order.PutUint16(p[8:], leafPage) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, id := find(t, intact, test.kind)
			undamaged := string(p)
			defer copy(p, undamaged)
			test.damage(p, id)
			path := filepath.Join(t.TempDir(), "vlcp.db")
			if err := os.WriteFile(path, intact, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(path)
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("Open = %v, want ErrDamaged", err)
			}
		})
	}
}

// find is a page of that kind that is in use, and has several elements.
func find(t *testing.T, file []byte, kind uint16) (page, uint64) {
	t.Helper()
	size := uint64(os.Getpagesize())
	free := map[uint64]bool{}
	list := order.Uint64(file[headerSize+32:])
	if first, second := order.Uint64(file[headerSize+48:]), order.Uint64(file[size+headerSize+48:]); second > first {
		list = order.Uint64(file[size+headerSize+32:])
	}
	ids := page(file[list*size:])
	for i := range ids.count() {
		free[order.Uint64(ids[headerSize+8*i:])] = true
	}
	if kind == freelistPage {
		return ids[:size], list
	}
	for id := uint64(2); id < uint64(len(file))/size; id++ {
		p := page(file[id*size : (id+1)*size])
		if p.flags() == kind && !free[id] && p.count() > 3 && order.Uint64(p) == id {
			return p, id
		}
	}
	t.Fatalf("there is no page of kind %d", kind)
	return nil, 0
}

// written is a file with pages of every kind.
func written(t *testing.T) []byte {
	t.Helper()
	s := openTest(t)
	for range 3 {
		var ops []kvstore.Op
		for k := range 200 {
			ops = append(ops, kvstore.Op{Key: fmt.Sprintf("key/%d", k), Write: kvstore.Put, Value: make([]byte, 300)})
		}
		if err := s.Commit(t.Context(), ops); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
