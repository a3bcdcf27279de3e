package openflow

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/internal/flowgen"
	"github.com/vlcp-go/vlcp/ovs"
)

// putFlowStats appends a flow as a bridge dumps it.
func putFlowStats(b []byte, f ovs.Flow) ([]byte, error) {
	start := len(b)
	b = append(zeros(b, 2), f.Table)
	b = put16(zeros(zeros(b, 8), 1), f.Priority)
	b = put64(zeros(zeros(b, 8), 2), f.Cookie)
	b, err := putInstructions(putMatch(zeros(zeros(b, 8), 8), f.Match), f.Actions)
	if err != nil {
		return nil, err
	}
	return setLen(b, start, len(b)-start), nil
}

func TestDecodingInvertsEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := flowgen.Flow().Draw(t, "flow")
		raw, err := putFlowStats(nil, want)
		if err != nil {
			t.Fatal(err)
		}
		c := cursor{b: raw}
		got, err := c.flowStats()
		if err != nil || !c.empty() {
			t.Fatalf("%v, %d bytes are left", err, len(c.b))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%x\n%s", want, raw, diff)
		}
	})
}

// A message that is cut anywhere is an error, or for a cut between two entries
// less of the same.
func TestShortenedFlowsAreErrors(t *testing.T) {
	for i := range 200 {
		raw, err := putFlowStats(nil, flowgen.Flow().Example(i))
		if err != nil {
			t.Fatal(err)
		}
		for n := range raw {
			c := cursor{b: raw[:n]}
			if f, err := c.flowStats(); !errors.Is(err, errShort) {
				t.Fatalf("the first %d of %d bytes are %v, %v", n, len(raw), f, err)
			}
		}
	}
}

// What a bridge may say of an action, and we never would, stays as it is.
func TestUnknownActions(t *testing.T) {
	for name, raw := range map[string][]byte{
		"of another type":               put32(put16(put16(nil, 99), 8), 5),
		"of another vendor":             put32(put16(put16(nil, actionExperimenter), 8), 0x1234),
		"of Nicira's other subtypes":    zeros(putNicira(nil, 16, 99), 6),
		"tag of another type":           put32(put16(put16(nil, actionPushVLAN), 8), 0x88a80000),
		"set of an unknown field":       put32(put16(put16(nil, actionSetField), 8), uint32(oxm(openflow1, 99, 0))),
		"load beyond the field":         put64(put32(put16(putNicira(nil, 24, nxLoad), 20<<6|31), uint32(fields[ovs.Reg0].action)), 1),
		"move of no bits":               put32(put32(zeros(putNicira(nil, 24, nxMove), 6), uint32(fields[ovs.Reg0].action)), uint32(fields[ovs.Reg1].action)),
		"resubmit to a port":            zeros(put16(putNicira(nil, 16, nxResubmitTable), 5), 4),
		"output of an OpenFlow's field": zeros(put32(put16(putNicira(nil, 24, nxOutputReg), 15), uint32(fields[ovs.TCPSrc].match)), 8),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := (&cursor{b: raw}).actions()
			want := []ovs.Action{unknown("action", raw)}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestActionsOfWrongLength(t *testing.T) {
	for _, raw := range [][]byte{
		{0, 0, 0, 0, 0, 0, 0, 0},  // no length
		{0, 0, 0, 4, 0, 0, 0, 0},  // less than the least
		{0, 0, 0, 16, 0, 0, 0, 0}, // more than there is
		{0, 0, 0},
	} {
		if got, err := (&cursor{b: raw}).actions(); !errors.Is(err, errShort) {
			t.Errorf("%x: %v, %v", raw, got, err)
		}
	}
}

func TestRefusedErrorText(t *testing.T) {
	for want, e := range map[string]RefusedError{
		"Open vSwitch refused it: OFPBAC_BAD_OUT_GROUP (2/9)":        {2, 9},
		"Open vSwitch refused it: OFPBFC_MSG_FAILED (17/13)":         {17, 13},
		"Open vSwitch refused it: OFPBMC (4/99)":                     {4, 99},
		"Open vSwitch refused it: an extension's error (65535/2600)": {0xffff, 2600},
		"Open vSwitch refused it: an error (12/1)":                   {12, 1},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestSpeaks(t *testing.T) {
	bitmap := func(versions uint32) []byte { return put32(put16(put16(nil, helloVersions), 8), versions) }
	other := put32(put16(put16(nil, 9), 6), 0) // an element of 6 bytes, padded
	for _, tt := range []struct {
		name string
		peer uint8
		body []byte
		want bool
	}{
		{"highest version is ours", 5, nil, true},
		{"a later one, older are implied", 6, nil, true},
		{"an earlier one", 4, nil, false},
		{"bitmap with ours", 6, bitmap(1<<6 | 1<<5), true},
		{"bitmap without ours", 6, bitmap(1<<6 | 1<<4), false},
		{"bitmap after another element", 6, append(slices.Clone(other), bitmap(1<<4)...), false},
		{"cut bitmap", 6, bitmap(0)[:6], true},
	} {
		if got := speaks(tt.peer, tt.body); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestXIDsStartAgain(t *testing.T) {
	c := &Conn{nextXID: ^uint32(0) - 3}
	if first := c.reserve(10); first != 1 {
		t.Errorf("a run of 10 xids starts at %d", first)
	}
	if first := c.reserve(1); first != 11 {
		t.Errorf("the next at %d", first)
	}
}
