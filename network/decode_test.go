package network

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vlcp-go/vlcp/kvstore"
)

func TestDecode(t *testing.T) {
	odd := "a/b c"
	tests := []struct {
		key   string
		value any
		want  Ref
	}{
		{physicalKey(odd), Physical{ID: odd, Type: Local}, Ref{Kind: KindPhysical, ID: odd}},
		{physicalPortKey("p", "|%|%|x"), PhysicalPort{Network: "p", Name: "x"}, Ref{KindPhysicalPort, "p", "|%|%|x"}},
		{networkKey(odd), Network{ID: odd, Type: VXLAN}, Ref{Kind: KindNetwork, ID: odd}},
		{subnetKey("n", odd), Subnet{ID: odd, Network: "n"}, Ref{KindSubnet, "n", odd}},
		{hostKey(odd), Host{ID: odd, Tunnel: addr("192.0.2.1")}, Ref{Kind: KindHost, ID: odd}},
		{routerKey(odd), Router{ID: odd}, Ref{Kind: KindRouter, ID: odd}},
		{interfaceKey("r", odd), RouterInterface{ID: odd, Router: "r"}, Ref{KindInterface, "r", odd}},
		{portKey("n", odd), Port{ID: odd, Network: "n"}, Ref{KindPort, "n", odd}},
	}
	for _, tt := range tests {
		data, err := json.Marshal(tt.value)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(kvstore.Entry{Key: tt.key, Value: data, Revision: "1"})
		if diff := cmp.Diff(Object{tt.want, tt.value}, got, equateNetip); diff != "" || err != nil {
			t.Errorf("Decode(%s): %v (-want +got):\n%s", tt.key, err, diff)
		}
		got, err = Decode(kvstore.Entry{Key: tt.key})
		if got != (Object{Ref: tt.want}) || err != nil {
			t.Errorf("Decode(deleted %s) = %v, %v", tt.key, got, err)
		}
		got, err = Decode(kvstore.Entry{Key: tt.key, Value: []byte("{"), Revision: "1"})
		if got != (Object{Ref: tt.want}) || err == nil || !strings.Contains(err.Error(), tt.key) {
			t.Errorf("Decode(broken %s) = %v, %v", tt.key, got, err)
		}
	}
}

func TestDecodePortIndex(t *testing.T) {
	got, err := Decode(kvstore.Entry{Key: portIndex("p"), Value: []byte("n"), Revision: "1"})
	if want := (Object{Ref{Kind: KindPortIndex, ID: "p"}, "n"}); got != want || err != nil {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestDecodeAgent(t *testing.T) {
	got, err := Decode(kvstore.Entry{Key: aliveKey("h"), Value: []byte("boot"), Revision: "1"})
	if want := (Object{Ref{Kind: KindAgent, ID: "h"}, "boot"}); got != want || err != nil {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestDecodePassesOverOtherKeys(t *testing.T) {
	for _, key := range []string{
		schemaKey, numberKey(1), segmentKey("p", 1), memberKey("p", "n"), macKey("n", "02:00:00:00:00:00"),
		subnetIndex("s"), physicalPortIndex("x"), interfaceIndex("i"), routerLink("s", "r"), "net/n/host/h", "net/n/port/p/x", "host/x/info", "%zz",
	} {
		if o, err := Decode(kvstore.Entry{Key: key, Value: []byte("{"), Revision: "1"}); o.Kind != "" || o.Value != nil || err != nil {
			t.Errorf("Decode(%s) = %v, %v", key, o, err)
		}
	}
}

func TestPrefixesHoldWhatTheySay(t *testing.T) {
	tests := []struct {
		prefix string
		keys   []string
	}{
		{PhysicalPrefix(), []string{physicalKey("a/b"), physicalPortKey("a/b", "x"), segmentKey("a/b", 1), memberKey("a/b", "n")}},
		{NetworkPrefix("a/b"), []string{networkKey("a/b"), subnetKey("a/b", "s"), portKey("a/b", "p"), macKey("a/b", "m")}},
		{PortIndexPrefix("a/b"), []string{portIndex("a/b")}},
	}
	for _, tt := range tests {
		for _, key := range tt.keys {
			if !strings.HasPrefix(key, tt.prefix) {
				t.Errorf("%s is not below %s", key, tt.prefix)
			}
		}
	}
}
