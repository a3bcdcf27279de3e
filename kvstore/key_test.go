package kvstore_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/vlcp-go/vlcp/kvstore"
	"pgregory.net/rapid"
)

func TestKey(t *testing.T) {
	for _, test := range []struct {
		parts []string
		key   string
	}{
		{nil, ""},
		{[]string{"net", "blue"}, "net/blue"},
		{[]string{"net", ""}, "net/%"},
		{[]string{""}, "%"},
		{[]string{"."}, "%2E"},
		{[]string{".."}, "%2E%2E"},
		{[]string{"..."}, "..."},
		{[]string{"a/b", "100%"}, "a%2Fb/100%25"},
		{[]string{"a b", "ü"}, "a%20b/%C3%BC"},
		{[]string{"10.0.0.0/24", "fd00::1"}, "10.0.0.0%2F24/fd00::1"},
		{[]string{"\x00\xff"}, "%00%FF"},
	} {
		if key := kvstore.Key(test.parts...); key != test.key {
			t.Errorf("Key(%q) = %q, want %q", test.parts, key, test.key)
		}
		if test.parts == nil {
			continue
		}
		if prefix := kvstore.Prefix(test.parts...); prefix != test.key+"/" {
			t.Errorf("Prefix(%q) = %q", test.parts, prefix)
		}
		if parts, err := kvstore.Split(test.key); err != nil || !slices.Equal(parts, test.parts) {
			t.Errorf("Split(%q) = %q, %v, want %q", test.key, parts, err, test.parts)
		}
	}
	if prefix := kvstore.Prefix(); prefix != "" {
		t.Errorf("Prefix() = %q, want everything", prefix)
	}
}

func TestSplitRefusesWhatKeyDoesNotBuild(t *testing.T) {
	for _, key := range []string{"", "/", "a/", "/a", "a//b", ".", "a/..", "%41", "%2f", "a%", "%zz", "a b", "ü"} {
		if parts, err := kvstore.Split(key); !errors.Is(err, kvstore.ErrInvalid) {
			t.Errorf("Split(%q) = %q, %v, want ErrInvalid", key, parts, err)
		}
	}
}

func TestEveryStringIsAPart(t *testing.T) {
	part := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("./% 2E"))))
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(part, 1, 4).Draw(t, "parts")
		key := kvstore.Key(parts...)
		if got, err := kvstore.Split(key); err != nil || !slices.Equal(got, parts) {
			t.Fatalf("Split(%q) = %q, %v, want %q", key, got, err, parts)
		}
		if err := kvstore.CheckKey(key); err != nil && len(key) <= kvstore.MaxKey {
			t.Fatal(err)
		}
	})
}
