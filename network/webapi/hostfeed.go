package webapi

import (
	"maps"
	"reflect"
	"slices"

	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// hosts makes events of hosts, of which the model has two things: their records,
// and which of their agents live. What was sent it compares with what there is,
// so that it needs no resync.
type hosts struct {
	records map[string]network.Host
	living  map[string]bool
	sent    map[string]values
}

// changes are the events of an update of hosts or agents; there are none before
// both are known.
func (h *hosts) changes(u network.Update) ([]change, error) {
	h.enter(u)
	if h.records == nil || h.living == nil {
		return nil, nil
	}
	now := make(map[string]values, len(h.records))
	for id, record := range h.records {
		shown, err := showHost(record, h.living)
		if err != nil {
			return nil, err
		}
		now[id] = shown
	}
	return h.differences(now), nil
}

// enter takes note of an update.
func (h *hosts) enter(u network.Update) {
	if u.Snapshot && u.Kinds[0] == network.KindHost {
		h.records = map[string]network.Host{}
	} else if u.Snapshot {
		h.living = map[string]bool{}
	}
	for _, o := range u.Objects {
		record, isRecord := o.Value.(network.Host)
		switch {
		case isRecord:
			h.records[o.ID] = record
		case o.Kind == network.KindHost:
			delete(h.records, o.ID)
		default:
			h.living[o.ID] = o.Value != nil
		}
	}
}

// differences are the events that make what was sent what there is now.
func (h *hosts) differences(now map[string]values) (all []change) {
	for _, id := range slices.Sorted(maps.Keys(now)) {
		if !reflect.DeepEqual(now[id], h.sent[id]) {
			all = append(all, change{event: client.EventPut, Kind: hostsName, ID: id, Object: now[id]})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(h.sent)) {
		if now[id] == nil {
			all = append(all, change{event: client.EventDelete, Kind: hostsName, ID: id})
		}
	}
	if h.sent == nil {
		all = append(all, change{event: client.EventSynced, Kinds: []string{hostsName}})
	}
	h.sent = now
	return all
}
