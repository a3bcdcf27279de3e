package hostport

import "testing"

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"a": "a:9", "a:7": "a:7", "192.0.2.1": "192.0.2.1:9", "[fd00::1]:7": "[fd00::1]:7", "[fd00::1]": "[fd00::1]:9", "fd00::1": "[fd00::1]:9",
		"": "", ":7": "", "a:": "", "a:0": "", "a:70000": "", "a:70x": "", "a:-1": "",
	} {
		got, err := Parse(text, "9")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}
