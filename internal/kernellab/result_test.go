package kernellab

import (
	"errors"
	"io"
	"testing"
)

func TestResult(t *testing.T) {
	for name, test := range map[string]struct {
		printed []string
		code    int
		err     error
	}{
		"passed":               {[]string{"PASS\n", "RESULT 0\n", "reboot: Power down\n"}, 0, nil},
		"in pieces":            {[]string{"\nRES", "ULT 1", "7\n"}, 17, nil},
		"with carriage return": {[]string{"RESULT 1\r\n"}, 1, nil},
		"none":                 {[]string{"PASS\n"}, 0, ErrNoResult},
		"cut off":              {[]string{"RESULT 0"}, 0, ErrNoResult},
		"no number":            {[]string{"RESULT ok\n"}, 0, ErrNoResult},
		"not at its own line":  {[]string{"the RESULT 0\n"}, 0, ErrNoResult},
	} {
		r := &result{w: io.Discard}
		for _, p := range test.printed {
			if n, err := r.Write([]byte(p)); n != len(p) || err != nil {
				t.Errorf("%s: wrote %d bytes, error %v", name, n, err)
			}
		}
		if code, err := r.code(); code != test.code || !errors.Is(err, test.err) {
			t.Errorf("%s: code %d, error %v, want %d, %v", name, code, err, test.code, test.err)
		}
	}
}
