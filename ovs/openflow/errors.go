package openflow

import (
	"fmt"
	"strings"

	"github.com/vlcp-go/vlcp/ovs"
)

// RefusedError is Open vSwitch's answer to a message that it doesn't take. It
// matches [ovs.ErrRefused].
type RefusedError struct {
	Type uint16 // ofp_error_type
	Code uint16 // of that type; of an experimenter's type its own number
}

// Error has the names of OpenFlow 1.4, as in the log of Open vSwitch:
// OFPBAC_BAD_OUT_GROUP (2/9).
func (e *RefusedError) Error() string {
	name := "an error"
	if names, ok := errorNames[e.Type]; ok {
		name = names.prefix
		if codes := strings.Fields(names.codes); int(e.Code) < len(codes) {
			name += "_" + codes[e.Code]
		}
	}
	return fmt.Sprintf("%v: %s (%d/%d)", ovs.ErrRefused, name, e.Type, e.Code)
}

// Unwrap gives [ovs.ErrRefused].
func (e *RefusedError) Unwrap() error { return ovs.ErrRefused }

// refused reads the body of an error message.
func (c *cursor) refused() error {
	e := &RefusedError{Type: c.uint16(), Code: c.uint16()}
	if err := c.err(); err != nil {
		return err
	}
	return e
}

// errorNames are the errors that what we send can meet (OpenFlow 1.4, 7.5.4);
// codes are in the order of their numbers.
var errorNames = map[uint16]struct{ prefix, codes string }{
	0: {"OFPHFC", "INCOMPATIBLE EPERM"},
	1: {"OFPBRC", "BAD_VERSION BAD_TYPE BAD_MULTIPART BAD_EXPERIMENTER BAD_EXP_TYPE EPERM BAD_LEN BUFFER_EMPTY " +
		"BUFFER_UNKNOWN BAD_TABLE_ID IS_SLAVE BAD_PORT BAD_PACKET MULTIPART_BUFFER_OVERFLOW"},
	2: {"OFPBAC", "BAD_TYPE BAD_LEN BAD_EXPERIMENTER BAD_EXP_TYPE BAD_OUT_PORT BAD_ARGUMENT EPERM TOO_MANY BAD_QUEUE " +
		"BAD_OUT_GROUP MATCH_INCONSISTENT UNSUPPORTED_ORDER BAD_TAG BAD_SET_TYPE BAD_SET_LEN BAD_SET_ARGUMENT"},
	3: {"OFPBIC", "UNKNOWN_INST UNSUP_INST BAD_TABLE_ID UNSUP_METADATA UNSUP_METADATA_MASK BAD_EXPERIMENTER BAD_EXP_TYPE " +
		"BAD_LEN EPERM DUP_INST"},
	4: {"OFPBMC", "BAD_TYPE BAD_LEN BAD_TAG BAD_DL_ADDR_MASK BAD_NW_ADDR_MASK BAD_WILDCARDS BAD_FIELD BAD_VALUE BAD_MASK " +
		"BAD_PREREQ DUP_FIELD EPERM"},
	5: {"OFPFMFC", "UNKNOWN TABLE_FULL BAD_TABLE_ID OVERLAP EPERM BAD_TIMEOUT BAD_COMMAND BAD_FLAGS CANT_SYNC BAD_PRIORITY"},
	6: {"OFPGMFC", "GROUP_EXISTS INVALID_GROUP WEIGHT_UNSUPPORTED OUT_OF_GROUPS OUT_OF_BUCKETS CHAINING_UNSUPPORTED " +
		"WATCH_UNSUPPORTED LOOP UNKNOWN_GROUP CHAINED_GROUP BAD_TYPE BAD_COMMAND BAD_BUCKET BAD_WATCH EPERM"},
	17: {"OFPBFC", "UNKNOWN EPERM BAD_ID BUNDLE_EXIST BUNDLE_CLOSED OUT_OF_BUNDLES BAD_TYPE BAD_FLAGS MSG_BAD_LEN MSG_BAD_XID " +
		"MSG_UNSUP MSG_CONFLICT MSG_TOO_MANY MSG_FAILED TIMEOUT BUNDLE_IN_PROGRESS"},
	0xffff: {"an extension's error", ""},
}
