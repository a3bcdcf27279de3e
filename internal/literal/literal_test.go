package literal

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]any{
		"True": true, "False": false, "None": nil, " True\n": true,

		"0": int64(0), "00": int64(0), "1450": int64(1450), "-7": int64(-7), "+7": int64(7),
		"0x1F": int64(31), "0o17": int64(15), "0b101": int64(5), "1_000": int64(1000),
		"9223372036854775807": int64(9223372036854775807),
		"1.5":                 1.5, ".5": 0.5, "2.": 2.0, "1e3": 1000.0, "-1.5E-1": -0.15, "010.5": 10.5,

		`''`: "", `'a'`: "a", `"it's"`: "it's", `'a' "b"`: "ab", `'ü€'`: "ü€",
		`'\n\t\\\'\"\a\b\f\r\v'`:         "\n\t\\'\"\a\b\f\r\v",
		`'\x41\u20ac\U0001F600\101\0\7'`: "A€😀A\x00\a",
		`'\d+'`:                          `\d+`,
		"'a\\\nb'":                       "ab",

		"[]": []any{}, "()": []any{}, "{}": map[string]any{},
		"[1, 'a', None]": []any{int64(1), "a", nil}, "[1,]": []any{int64(1)},
		"(1,)": []any{int64(1)}, "(1)": int64(1), "('a')": "a", "(1, 2)": []any{int64(1), int64(2)},
		"{'a': 1, 'b': [True], }": map[string]any{"a": int64(1), "b": []any{true}},
		"[['10.0.0.0/8', '192.168.1.254'],\n ['10.1.0.0/16', '0.0.0.0']]": []any{
			[]any{"10.0.0.0/8", "192.168.1.254"}, []any{"10.1.0.0/16", "0.0.0.0"},
		},
	} {
		got, err := Parse(in)
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q): (-want +got)\n%s", in, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                      "value missing at character 1",
		"  ":                                    "value missing at character 3",
		"true":                                  `unknown name "true": put text in quotes at character 1`,
		"[1, vxlan]":                            `unknown name "vxlan": put text in quotes at character 5`,
		"__import__('os')":                      `unknown name "__import__": put text in quotes at character 1`,
		"1 + 2":                                 `unexpected "+" after the value at character 3`,
		"[1 2]":                                 "want , or ] at character 4",
		"(1 2)":                                 "want , or ) at character 4",
		"[,]":                                   `unexpected "," at character 2`,
		"[1,,2]":                                `unexpected "," at character 4`,
		"[1":                                    "want , or ] at character 3",
		"[1,":                                   "value missing at character 4",
		"{1: 2}":                                "want a string as key at character 2",
		"{'a' 2}":                               "want : after the key at character 6",
		"{'a': 1 'b': 2}":                       "want , or } at character 9",
		"{'a'}":                                 "want : after the key at character 5",
		"{1, 2}":                                "want a string as key at character 2",
		"'a":                                    "string not closed at character 1",
		"'a\nb'":                                "string not closed before the end of the line at character 3",
		`'\x4'`:                                 `"4'" is no character code at character 3`,
		`'\u12`:                                 "escape cut short at character 3",
		`'\ud800'`:                              `"d800" is no character code at character 3`,
		`'\U00110000'`:                          `"00110000" is no character code at character 3`,
		`'\N{DASH}'`:                            `\N is not supported: write \u and the code at character 3`,
		"010":                                   `"010" is no number at character 1`,
		"--5":                                   `"-" is no number at character 1`,
		"1__0":                                  `"1__0" is no number at character 1`,
		"0x1p-2":                                `"0x1p" is no number at character 1`,
		"1n":                                    `"1n" is no number at character 1`,
		"-Inf":                                  `"-Inf" is no number at character 1`,
		"9223372036854775808":                   "the number 9223372036854775808 is too large at character 1",
		"1e999":                                 "the number 1e999 is too large at character 1",
		"é":                                     `unexpected "é" at character 1`,
		"\xff":                                  "not UTF-8 text at character 1",
		strings.Repeat("[", 40):                 "nested more than 32 deep at character 34",
		"'" + strings.Repeat("a", MaxLen) + "'": "more than 65536 bytes at character 1",
	} {
		v, err := Parse(in)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || err.Error() != want {
			t.Errorf("Parse(%.40q) = %v, %v; want %s", in, v, err, want)
		}
	}
}

func TestValue(t *testing.T) {
	for in, want := range map[string]any{
		"": "", "true": "true", "1450": "1450", "`": "`", "a`1`": "a`1`", "`1` ": "`1` ",
		"`1450`": int64(1450), "`True`": true, "`'x'`": "x", "` [1] `": []any{int64(1)},
	} {
		got, err := Value(in)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Value(%q): %v, (-want +got)\n%s", in, err, diff)
		}
	}
	for _, in := range []string{"``", "`x`", "`1``"} {
		if v, err := Value(in); err == nil {
			t.Errorf("Value(%q) = %v, want an error", in, v)
		}
	}
}

// FuzzParse: nothing panics, and what is understood has only the types that
// are promised.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"None", "[1, (2.5,), {'a': '\\x41'}]", "'\\", "-0x_1", "{'a':", "((((1))))"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := Parse(s)
		if err == nil {
			checkTypes(t, v)
		}
		var syntax *SyntaxError
		if err != nil && (!errors.As(err, &syntax) || syntax.Offset > len(s)) {
			t.Errorf("Parse(%q): %#v", s, err)
		}
	})
}

func checkTypes(t *testing.T, v any) {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
	case []any:
		for _, item := range v {
			checkTypes(t, item)
		}
	case map[string]any:
		for _, item := range v {
			checkTypes(t, item)
		}
	default:
		t.Errorf("type %T", v)
	}
}
