package webapi

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/vlcp-go/vlcp/network"
)

// shown are objects as the API shows them.
func (k kind[T]) shown(all []T) ([]values, error) {
	shown := make([]values, len(all))
	for i, o := range all {
		v, err := attributes(o)
		if err != nil {
			return nil, err
		}
		for _, name := range k.hide {
			delete(v, name)
		}
		if k.show != nil {
			k.show(o, v)
		}
		shown[i] = v
	}
	return shown, nil
}

// attributes are the attributes that v has as JSON.
func attributes(v any) (all values, err error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return all, d.Decode(&all)
}

// showDHCP makes a number of the seconds of a lease, as a literal of the filter
// is one.
func showDHCP[T any](_ T, v values) {
	text, _ := v["lease_time"].(string)
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		v["lease_time"] = json.Number(strconv.FormatUint(seconds, 10))
	}
}

// showPort shows the first address as an only one was shown. Of where the port
// is plugged in it shows the host.
func showPort(p network.Port, v values) {
	if len(p.Addresses) > 0 {
		v["subnet"], v["ip_address"] = p.Addresses[0].Subnet, p.Addresses[0].Address.String()
	}
	showLocation(p, v)
}

func showLocation(p network.Port, v values) {
	if p.Location.Host != "" {
		v["location"] = values{"host": p.Location.Host}
	}
}
