package vsctl

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
)

// row is a row of a table by column. A value is as RFC 7047 writes it: a
// number, a string, ["uuid", u], ["set", […]] or ["map", [[k, v], …]].
type row map[string]any

// table is how ovs-vsctl and ovsdb-client print with --format=json.
type table struct {
	Headings []string `json:"headings"`
	Data     [][]any  `json:"data"`
}

func (t table) rows() []row {
	rows := make([]row, len(t.Data))
	for i, values := range t.Data {
		rows[i] = make(row, len(values))
		for j, v := range values {
			rows[i][t.Headings[j]] = v
		}
	}
	return rows
}

// query runs the commands of ovs-vsctl, joined by "--", that print a table
// each.
func (t tools) query(ctx context.Context, args ...string) ([][]row, error) {
	out, err := t.vsctl(ctx, append([]string{"--format=json"}, args...)...)
	if err != nil {
		return nil, err
	}
	var tables [][]row
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var one table
		if err := dec.Decode(&one); err != nil {
			return nil, fmt.Errorf("unexpected answer of ovs-vsctl: %w", err)
		}
		tables = append(tables, one.rows())
	}
	return tables, nil
}

// text is a string, or "" for an empty set.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// number is a number, or 0 for an empty set.
func number(v any) int {
	f, _ := v.(float64)
	return int(f)
}

// tagged is what follows "set", "map" or "uuid".
func tagged(v any, tag string) (any, bool) {
	pair, _ := v.([]any)
	if len(pair) != 2 || pair[0] != tag {
		return nil, false
	}
	return pair[1], true
}

// uuids are the members of a set of UUIDs, or the only one.
func uuids(v any) []string {
	if u, ok := tagged(v, "uuid"); ok {
		return []string{text(u)}
	}
	set, _ := tagged(v, "set")
	members, _ := set.([]any)
	var all []string
	for _, m := range members {
		all = append(all, uuids(m)...)
	}
	return all
}

func dict(v any) map[string]string {
	m, _ := tagged(v, "map")
	pairs, _ := m.([]any)
	d := make(map[string]string, len(pairs))
	for _, p := range pairs {
		if kv, _ := p.([]any); len(kv) == 2 {
			d[text(kv[0])] = text(kv[1])
		}
	}
	return d
}
