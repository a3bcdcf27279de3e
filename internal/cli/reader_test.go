package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestReaders(t *testing.T) {
	for _, tt := range []struct {
		reader reader
		given  string // repeated flags have a blank in between
		want   string // JSON, or what the error says
	}{
		{text, "x", `"x"`}, {text, "", `""`},
		{number, "1400", "1400"}, {number, "0", "0"}, {number, "-1", "no number"}, {number, "1e3", "no number"}, {number, "4294967296", "no number"}, {number, "", "no number"},
		{truth, "true", "true"}, {truth, "0", "false"}, {truth, "yes", "no true or false"},
		{ip, "10.1.0.1", `"10.1.0.1"`}, {ip, "fd00::1", `"fd00::1"`}, {ip, "10.1", "no address"}, {ip, "10.1.0.1/24", "no address"},
		{ips, "10.1.0.1, fd00::1 10.1.0.2", `["10.1.0.1","fd00::1","10.1.0.2"]`}, {ips, "10.1.0.1,", "no address"},
		{cidr, "10.1.0.0/24", `"10.1.0.0/24"`}, {cidr, "10.1.0.0", "no network"},
		{cidrs, "10.1.0.1,fd00::/8", `["10.1.0.1/32","fd00::/8"]`}, {cidrs, "x", "no address or network"},
		{ranges, "10-20,30 40-50", "[[10,20],[30,30],[40,50]]"}, {ranges, "10-", "no range"}, {ranges, "-10", "no range"}, {ranges, "1-2-3", "no range"}, {ranges, "", "no range"},
		{pairs, "10.2.0.0/16=10.1.0.2,15=a=b", `[["10.2.0.0/16","10.1.0.2"],["15","a=b"]]`}, {pairs, "x", "no pair"},
		{plugs, "blue4,fd00::7", `[{"subnet":"blue4"},{"ip_address":"fd00::7"}]`},
	} {
		in := attributes{}
		flag := &value{in: in, attribute: attribute{flag: "it", read: tt.reader}}
		var err error
		for given := range strings.SplitSeq(strings.ReplaceAll(tt.given, ", ", ",~"), " ") {
			if err == nil {
				err = flag.Set(strings.ReplaceAll(given, "~", " "))
			}
		}
		raw, _ := json.Marshal(in["it"])
		if got := string(raw); err == nil && got != tt.want || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s %q: %s, %v; want %s", tt.reader.typ, tt.given, got, err, tt.want)
		}
	}
}

func TestSet(t *testing.T) {
	for given, want := range map[string]string{
		"rack=r7": `{"rack":"r7"}`, "n=7": `{"n":7}`, "n='7'": `{"n":"'7'"}`, `n="7"`: `{"n":"7"}`, "l=[1,\"a\"]": `{"l":[1,"a"]}`,
		"x=": `{"x":""}`, "x=null": `{"x":null}`, "x=a=b": `{"x":"a=b"}`, "x=1 2": `{"x":"1 2"}`,
		"=1": "no NAME=VALUE", "x": "no NAME=VALUE", "": "no NAME=VALUE",
	} {
		in := attributes{}
		err := (&setter{in}).Set(given)
		raw, _ := json.Marshal(in)
		if got := string(raw); err == nil && got != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %s, %v; want %s", given, got, err, want)
		}
	}
}
