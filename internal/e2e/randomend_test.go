package e2e

import (
	"maps"
	"slices"
	"strings"
)

// uses is the logical network that containers of a host use by a name; "": none.
func (l *life) uses(h int, name string) string {
	for _, e := range l.endpoints {
		if e.host == h && e.network == name {
			return e.logical
		}
	}
	return ""
}

// expected is the logical network that a host should have by a name: the one
// that all have, unless containers keep an earlier one.
func (l *life) expected(h int, name string) string {
	if used := l.uses(h, name); used != "" {
		return used
	}
	return l.shared[name]
}

// actual is the logical network that a host's Docker has by a name; "": none.
func (l *life) actual(h int, name string) string {
	l.t.Helper()
	out, err := l.hosts[h].Docker(l.t.Context(), "network", "inspect", "-f", `{{.Id}} {{index .Options "network"}}`, name)
	if err != nil {
		if !strings.Contains(strings.ToLower(err.Error()), "no such network") && !strings.Contains(err.Error(), "not found") {
			l.t.Fatal(err)
		}
		return ""
	}
	words := strings.Fields(out)
	if len(words) == 2 {
		return words[1]
	}
	return "docker-" + words[0] + "-lognet"
}

// await waits until a host has what it should by a name.
func (l *life) await(h int, name string) {
	l.t.Helper()
	want, got := l.expected(h, name), ""
	l.t.Cleanup(func() {
		if got != want {
			l.t.Logf("%s of h%d is of %q, want %q", name, h+1, got, want)
		}
	})
	l.hosts[h].eventually(name+" is as it should", func() bool { got = l.actual(h, name); return got == want })
}

// calm has everything run.
func (l *life) calm() {
	if l.killed != nil {
		l.server(0, "")
	}
	for h, dead := range l.dead {
		if dead {
			l.startAgent(h, "")
		}
	}
}

// compare waits until every Docker has exactly the networks that it should, and
// every container reaches exactly whom it should.
func (l *life) compare() {
	l.t.Helper()
	for h := range l.hosts {
		for _, name := range names {
			l.await(h, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(l.endpoints)) {
		l.compareReach(name)
	}
}

func (l *life) compareReach(name string) {
	l.t.Helper()
	from, all, want, got := l.endpoints[name], []string{}, "", ""
	for _, e := range l.others() {
		all = append(all, e.addr)
		if e.logical == from.logical {
			want += e.addr + "\n"
		}
	}
	h := l.hosts[from.host]
	defer func() {
		if got != want {
			l.t.Logf("%s %v reaches\n%sof\n%v, want\n%s", name, from, got, l.endpoints, want)
		}
	}()
	h.eventually(name+" reaches whom it should", func() bool {
		got = h.docker("exec " + name + " probe reach " + strings.Join(all, " "))
		if got != "" {
			got += "\n"
		}
		return got == want
	})
}

// others are the containers and the machine, by address.
func (l *life) others() []endpoint {
	all := slices.Collect(maps.Values(l.endpoints))
	if l.machine >= 0 {
		all = append(all, endpoint{logical: machineNetwork, addr: machineAddr})
	}
	slices.SortFunc(all, func(a, b endpoint) int { return strings.Compare(a.addr, b.addr) })
	return all
}

// clear removes all that users made, and waits until nothing is left of it.
func (l *life) clear() {
	l.t.Helper()
	for name, e := range l.endpoints {
		l.hosts[e.host].docker("rm -f " + name)
	}
	clear(l.endpoints)
	if l.machine >= 0 {
		l.hosts[l.machine].unplugMachine()
	}
	for _, name := range slices.Sorted(maps.Keys(l.shared)) {
		h := l.r.IntN(len(l.hosts))
		l.await(h, name)
		l.hosts[h].docker("network rm " + name)
		delete(l.shared, name)
	}
	l.compare()
	l.hosts[0].apiAtLast("deletelogicalport", "id=vm")
	l.hosts[0].apiAtLast("deletesubnet", "id=vmsubnet")
	l.hosts[0].apiAtLast("deletelogicalnetwork", "id="+machineNetwork)
	l.hosts[0].apiAtLast("deletephysicalport", "name=vxlan0")
	l.hosts[0].apiAtLast("deletephysicalnetwork", "id=vxlan")
	l.nothingStored()
	for i, h := range l.hosts {
		h.equal("networks of vlcp", h.docker("network ls -q -f driver=vlcp"), "")
		h.asBefore(l.before[i])
	}
}
