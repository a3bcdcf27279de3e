package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The file format of bbolt, version 2, as far as it takes to follow all pages.
// Numbers are in the byte order of the machine.
const (
	magic, version = 0xED0CDAED, 2

	headerSize  = 16 // id uint64, flags uint16, count uint16, overflow uint32
	elementSize = 16 // branch: pos, ksize uint32, id uint64; leaf: flags, pos, ksize, vsize uint32
	metaSize    = 64 // magic, version, pageSize, flags uint32, root, sequence, freelist, limit, txid, checksum uint64

	branchPage, leafPage, freelistPage = 0x01, 0x02, 0x10
	bucketFlag                         = 1
	noFreelist                         = ^uint64(0)
	longFreelist                       = 0xFFFF // the count is in the first 8 bytes
)

var order = binary.NativeEndian

// inspect follows every page of a file before bbolt does, which trusts what it
// reads: over a damaged page it may panic, crash or take all memory.
func inspect(file *os.File) error {
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	meta, err := newestMeta(file)
	if err != nil {
		return err
	}
	pages := &pages{
		file:  file,
		size:  int64(order.Uint32(meta[8:])),
		limit: order.Uint64(meta[40:]),
		seen:  map[uint64]bool{0: true, 1: true},
	}
	if have := info.Size(); pages.limit > uint64(have/pages.size) {
		return fmt.Errorf("%w: of %d pages only %d bytes are left", ErrDamaged, pages.limit, have)
	}
	if err := pages.tree(order.Uint64(meta[16:])); err != nil {
		return err
	}
	return pages.freelist(order.Uint64(meta[32:]))
}

// newestMeta is the head that bbolt goes by: of two, the later one that is whole.
func newestMeta(file io.ReaderAt) (newest []byte, err error) {
	for i := range int64(2) {
		meta := make([]byte, metaSize)
		if _, err := file.ReadAt(meta, i*int64(os.Getpagesize())+headerSize); err != nil && err != io.EOF {
			return nil, err
		}
		if whole(meta) && (newest == nil || order.Uint64(meta[48:]) > order.Uint64(newest[48:])) {
			newest = meta
		}
	}
	if newest == nil {
		return nil, fmt.Errorf("%w: it has no head", ErrDamaged)
	}
	return newest, nil
}

func whole(meta []byte) bool {
	sum := fnv.New64a()
	sum.Write(meta[:56])
	return order.Uint32(meta) == magic && order.Uint32(meta[4:]) == version &&
		order.Uint32(meta[8:]) == uint32(os.Getpagesize()) && order.Uint64(meta[56:]) == sum.Sum64()
}

// pages is the pages of a file.
type pages struct {
	file  io.ReaderAt
	size  int64  // of a page
	limit uint64 // the first page id that is not in use
	seen  map[uint64]bool
}

// page is one page with all that overflows from it.
type page []byte

func (p page) flags() uint16     { return order.Uint16(p[8:]) }
func (p page) count() int        { return int(order.Uint16(p[10:])) }
func (p page) overflow() uint64  { return uint64(order.Uint32(p[12:])) }
func (p page) element(i int) int { return headerSize + i*elementSize }

// bytes is what lies pos bytes behind the element at offset at.
func (p page) bytes(at int, pos, size uint32) ([]byte, bool) {
	from := uint64(at) + uint64(pos)
	to := from + uint64(size)
	if to > uint64(len(p)) {
		return nil, false
	}
	return p[from:to], true
}

// read reads a page that nothing else has led to.
func (f *pages) read(id uint64) (page, error) {
	if id >= f.limit {
		return nil, damage(id, "it is outside the file")
	}
	p := make(page, f.size)
	if _, err := f.file.ReadAt(p, int64(id)*f.size); err != nil {
		return nil, err
	}
	if order.Uint64(p) != id || p.overflow() >= f.limit-id {
		return nil, damage(id, "it is something else")
	}
	for i := range p.overflow() + 1 {
		if err := f.see(id + i); err != nil {
			return nil, err
		}
	}
	if p.overflow() == 0 {
		return p, nil
	}
	p = append(p, make(page, f.size*int64(p.overflow()))...)
	_, err := f.file.ReadAt(p[f.size:], int64(id+1)*f.size)
	return p, err
}

func (f *pages) see(id uint64) error {
	if id >= f.limit || f.seen[id] {
		return damage(id, "it is used twice or outside the file")
	}
	f.seen[id] = true
	return nil
}

// tree follows a bucket from its root page.
func (f *pages) tree(id uint64) error {
	p, err := f.read(id)
	if err != nil {
		return err
	}
	switch p.flags() {
	case branchPage:
		return f.branch(id, p)
	case leafPage:
		return f.leaf(id, p)
	}
	return damage(id, "it is no page of keys")
}

func (f *pages) branch(id uint64, p page) error {
	var last []byte
	for i := range p.count() {
		at := p.element(i)
		if at+elementSize > len(p) {
			return damage(id, "it has more branches than fit")
		}
		key, ok := p.bytes(at, order.Uint32(p[at:]), order.Uint32(p[at+4:]))
		if !ok || i > 0 && bytes.Compare(last, key) >= 0 {
			return damage(id, "its branches are not in order")
		}
		last = key
		if err := f.tree(order.Uint64(p[at+8:])); err != nil {
			return err
		}
	}
	return nil
}

func (f *pages) leaf(id uint64, p page) error {
	var last []byte
	for i := range p.count() {
		at := p.element(i)
		if at+elementSize > len(p) {
			return damage(id, "it has more keys than fit")
		}
		pos, ksize, vsize := order.Uint32(p[at+4:]), order.Uint32(p[at+8:]), order.Uint32(p[at+12:])
		key, ok := p.bytes(at, pos, ksize)
		value, okValue := p.bytes(at+int(ksize), pos, vsize)
		if !ok || !okValue || i > 0 && bytes.Compare(last, key) >= 0 {
			return damage(id, "its keys are not in order")
		}
		last = key
		if order.Uint32(p[at:])&bucketFlag == 0 {
			continue
		}
		if err := f.bucket(id, value); err != nil {
			return err
		}
	}
	return nil
}

// bucket follows a bucket: its root, and its sequence; a small one has no page
// of its own (root 0), and comes behind.
func (f *pages) bucket(id uint64, value []byte) error {
	if len(value) < 16 {
		return damage(id, "a bucket in it is cut short")
	}
	if root := order.Uint64(value); root != 0 {
		return f.tree(root)
	}
	inline := page(value[16:])
	if len(inline) < headerSize || inline.flags() != leafPage {
		return damage(id, "a bucket in it is no page of keys")
	}
	return f.leaf(id, inline)
}

// freelist checks that no page is both free and in use.
func (f *pages) freelist(id uint64) error {
	if id == noFreelist {
		return nil
	}
	p, err := f.read(id)
	if err != nil {
		return err
	}
	if p.flags() != freelistPage {
		return damage(id, "it is no list of free pages")
	}
	ids, count := p[headerSize:], uint64(p.count())
	if count == longFreelist {
		count, ids = order.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return damage(id, "it lists more free pages than fit")
	}
	for i := range count {
		if err := f.see(order.Uint64(ids[i*8:])); err != nil {
			return err
		}
	}
	return nil
}

func damage(id uint64, what string) error {
	return fmt.Errorf("%w: page %d: %s", ErrDamaged, id, what)
}
