package openflow

// The multipart messages (ofp_multipart_type).
const (
	multipartFlow      = 1
	multipartGroupDesc = 7

	multipartMore = 1 // flag of a reply that isn't the last
	allTables     = 0xff
)

// putFlowDump appends the request for the flows whose cookie matches under a
// mask.
func putFlowDump(b []byte, xid uint32, cookie, mask uint64) []byte {
	start := len(b)
	b = putMultipart(b, xid, multipartFlow)
	b = zeros(append(b, allTables), 3)
	b = zeros(put32(put32(b, anyPort), anyPort), 4)
	b = put64(put64(b, cookie), mask)
	return finish(putMatch(b, nil), start)
}

// putGroupDump appends the request for all groups.
func putGroupDump(b []byte, xid uint32) []byte {
	start := len(b)
	return finish(putMultipart(b, xid, multipartGroupDesc), start)
}

func putMultipart(b []byte, xid uint32, typ uint16) []byte {
	b = put16(putHeader(b, typeMultipartRequest, xid), typ)
	return zeros(b, 6) // flags and padding
}

// multipart reads the head of a reply's body, and says whether more replies
// follow.
func (c *cursor) multipart() (more bool) {
	c.skip(2)
	flags := c.uint16()
	c.skip(4)
	return flags&multipartMore != 0
}
