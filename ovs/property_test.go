package ovs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vlcp-go/vlcp/internal/flowgen"
	"github.com/vlcp-go/vlcp/ovs"
)

func TestParseFlowInvertsString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := flowgen.Flow().Draw(t, "flow")
		got, err := ovs.ParseFlow(want.String())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s", want, diff)
		}
	})
}
