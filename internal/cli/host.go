package cli

import "github.com/vlcp-go/vlcp/network/webapi/client"

func hosts() kind[client.Host] {
	return kind[client.Host]{
		path: "host", title: "host", resource: (*client.Client).Hosts, hosts: true,
		long: "Manage the hosts that run vlcp. They enter themselves; one that is gone for good is removed, with the ports that were made there.",
		id:   func(h client.Host) string { return h.ID },
		hint: func(h client.Host) string { return h.Name },
		columns: []column[client.Host]{
			{"ID", func(h client.Host) string { return h.ID }},
			{"NAME", func(h client.Host) string { return h.Name }},
			{"TUNNEL", func(h client.Host) string { return valid(h.Tunnel) }},
			{"ALIVE", func(h client.Host) string { return yes(h.Alive) }},
		},
		examples: map[string]string{
			"list":   "vlcp host list",
			"show":   "vlcp host show 5f0c6d1e",
			"remove": "vlcp host remove 5f0c6d1e",
		},
	}
}
