package network

import "testing"

// The vectors were computed apart from this package:
//
//	(printf 'net1\0\0\0\0\0\0\0\0\0\0\0\377\377\n\0\0\2') | sha256sum
func TestDeriveMAC(t *testing.T) {
	v4, v6 := Address{"s", addr("10.0.0.2")}, Address{"t", addr("fd00::2")}
	tests := []struct {
		network string
		port    Port
		try     byte
		want    string
	}{
		{"net1", Port{Addresses: []Address{v4}}, 0, "02:f9:85:63:bf:9f"},
		{"net1", Port{Addresses: []Address{v6, v4}}, 0, "02:f9:85:63:bf:9f"},
		{"net1", Port{ID: "x", Addresses: []Address{v4}}, 1, "02:72:eb:16:d7:62"},
		{"net1", Port{Addresses: []Address{v6}}, 0, "02:fa:83:46:e2:95"},
		{"net1", Port{ID: "port1"}, 0, "02:f1:a3:67:3b:11"},
		{"net2", Port{Addresses: []Address{v4}}, 0, "02:12:0c:95:68:0b"},
		{"docker-abc-lognet", Port{Addresses: []Address{{"s", addr("192.168.1.2")}}}, 0, "02:91:ed:8d:bd:e6"},
	}
	for _, tt := range tests {
		if got := deriveMAC(tt.network, tt.port, tt.try); got != tt.want {
			t.Errorf("deriveMAC(%s, %v, %d) = %s, want %s", tt.network, tt.port, tt.try, got, tt.want)
		}
	}
}

func TestDerivedMACThatIsTaken(t *testing.T) {
	m, _ := newModel(t)
	newNetwork(t, m, "net1", "10.0.0.0/24")
	taken := Port{ID: "a", Network: "net1", MAC: "02:F9:85:63:bf:9f"}
	must[[]Port](t)(m.CreatePorts(t.Context(), taken))
	p := must[[]Port](t)(m.CreatePorts(t.Context(), Port{ID: "b", Network: "net1", Addresses: []Address{{Address: addr("10.0.0.2")}}}))[0]
	if p.MAC != "02:72:eb:16:d7:62" {
		t.Errorf("MAC %s", p.MAC)
	}
}
