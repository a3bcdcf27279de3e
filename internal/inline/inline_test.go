package inline_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/internal/inline"
)

type inner struct {
	B int `json:"b,omitempty"`
}

type outer struct {
	A string `json:"a"`
	inner
	Meta map[string]any `json:"-"`
}

func TestThereAndBack(t *testing.T) {
	names := inline.Names[outer]()
	if diff := cmp.Diff(map[string]bool{"a": true, "b": true}, names); diff != "" {
		t.Fatal(diff)
	}
	for text, v := range map[string]outer{
		`{"a":""}`:                           {},
		`{"a":"x","b":2}`:                    {A: "x", inner: inner{2}},
		`{"A":12345678901234567890,"a":"x"}`: {A: "x", Meta: map[string]any{"A": json.Number("12345678901234567890")}},
		`{"a":"x","n":null,"o":{"p":[1]}}`:   {A: "x", Meta: map[string]any{"n": nil, "o": map[string]any{"p": []any{json.Number("1")}}}},
	} {
		raw, err := inline.Marshal(v, v.Meta)
		if err != nil || string(raw) != text {
			t.Errorf("Marshal(%+v): %s, %v; want %s", v, raw, err, text)
		}
		var got outer
		if got.Meta, err = inline.Unmarshal([]byte(text), &got, names); err != nil {
			t.Errorf("Unmarshal(%s): %v", text, err)
		}
		if diff := cmp.Diff(v, got, cmp.AllowUnexported(outer{})); diff != "" {
			t.Errorf("Unmarshal(%s) (-want +got):\n%s", text, diff)
		}
	}
}

func TestAFieldCounts(t *testing.T) {
	raw, err := inline.Marshal(outer{A: "x"}, map[string]any{"a": "y", "c": true})
	if want := `{"a":"x","c":true}`; err != nil || string(raw) != want {
		t.Errorf("%s, %v; want %s", raw, err, want)
	}
}

func TestUnmarshalOfAnotherShape(t *testing.T) {
	for _, text := range []string{`[]`, `{`, `{"a":1}`, `{"a":1,"c":2}`} {
		var v outer
		if meta, err := inline.Unmarshal([]byte(text), &v, inline.Names[outer]()); err == nil {
			t.Errorf("%s: %+v, %v", text, v, meta)
		}
	}
}
