package ovs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parseActions reads what comes after actions=.
func parseActions(s string) ([]Action, error) {
	if s == "drop" || s == "" {
		return nil, nil
	}
	var actions []Action
	for _, item := range splitActions(s) {
		a, err := parseAction(item)
		if err != nil {
			return nil, fmt.Errorf("action %q: %w", item, err)
		}
		actions = append(actions, a)
	}
	return actions, nil
}

// splitActions splits at the commas that are in no parentheses.
func splitActions(s string) []string {
	var items []string
	depth, start := 0, 0
	for i, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			items = append(items, s[start:i])
			start = i + 1
		}
	}
	return append(items, s[start:])
}

func parseAction(s string) (Action, error) {
	name, arg := s, ""
	if i := strings.IndexAny(s, ":("); i >= 0 {
		name, arg = s[:i], strings.TrimPrefix(s[i:], ":")
	}
	if read, ok := actionReaders[strings.ToLower(name)]; ok {
		return read(s, arg)
	}
	for port, reserved := range portNames {
		if strings.EqualFold(s, reserved) {
			return Output{Port: port}, nil
		}
	}
	if port, err := strconv.ParseUint(s, 10, 32); err == nil {
		return Output{Port: uint32(port)}, nil
	}
	return Unknown{Text: s}, nil
}

// actionReaders read an action of which they get the whole text and what comes
// after its name.
var actionReaders = map[string]func(s, arg string) (Action, error){
	"output":     parseOutput,
	"set_field":  parseSetField,
	"load":       parseLoad,
	"move":       parseMove,
	"resubmit":   parseResubmit,
	"controller": parseController,
	"in_port":    only(OutputInPort{}),
	"push_vlan":  only(PushVLAN{}),
	"pop_vlan":   only(PopVLAN{}),
	"strip_vlan": only(PopVLAN{}),
	"dec_ttl":    only(DecTTL{}),
	"goto_table": numbered(8, func(n uint64) Action { return Goto{Table: uint8(n)} }),
	"group":      numbered(32, func(n uint64) Action { return Group{ID: uint32(n)} }),
}

// only reads an action that says the same however it is written, and as
// [Unknown] what has arguments that String doesn't write.
func only(a Action) func(s, arg string) (Action, error) {
	return func(s, arg string) (Action, error) {
		if arg != "" && s != a.String() {
			return Unknown{Text: s}, nil
		}
		return a, nil
	}
}

func numbered(bits int, a func(uint64) Action) func(s, arg string) (Action, error) {
	return func(_, arg string) (Action, error) {
		n, err := strconv.ParseUint(arg, 10, bits)
		return a(n), err
	}
}

func parseOutput(s, arg string) (Action, error) {
	if strings.HasPrefix(arg, "(") {
		return Unknown{Text: s}, nil
	}
	if port, err := strconv.ParseUint(arg, 10, 32); err == nil {
		return Output{Port: uint32(port)}, nil
	}
	for port, name := range portNames {
		if strings.EqualFold(arg, name) {
			return Output{Port: port}, nil
		}
	}
	source, err := parseSubfield(arg)
	return OutputReg{Source: source}, err
}

func parseSetField(_, arg string) (Action, error) {
	value, name, err := cutArrow(arg)
	if err != nil {
		return nil, err
	}
	f, err := parseField(name)
	if err != nil {
		return nil, err
	}
	t, err := parseTerm(f, value)
	return SetField{Term: t}, err
}

func parseLoad(_, arg string) (Action, error) {
	from, to, err := cutArrow(arg)
	if err != nil {
		return nil, err
	}
	value, err := strconv.ParseUint(from, 0, 64)
	if err != nil {
		return nil, err
	}
	dest, err := parseSubfield(to)
	return Load{Value: value, Dest: dest}, err
}

func parseMove(_, arg string) (Action, error) {
	from, to, err := cutArrow(arg)
	if err != nil {
		return nil, err
	}
	source, err := parseSubfield(from)
	if err != nil {
		return nil, err
	}
	dest, err := parseSubfield(to)
	return Move{Source: source, Dest: dest}, err
}

func cutArrow(arg string) (from, to string, err error) {
	from, to, ok := strings.Cut(arg, "->")
	if !ok {
		err = errors.New("has no ->")
	}
	return from, to, err
}

func parseResubmit(s, arg string) (Action, error) {
	table, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimPrefix(arg, "(,"), ")"), 10, 8)
	if err != nil {
		return Unknown{Text: s}, nil
	}
	return Resubmit{Table: uint8(table)}, nil
}

func parseController(s, arg string) (Action, error) {
	if arg == "" {
		return Controller{MaxLen: WholePacket}, nil
	}
	n, err := strconv.ParseUint(arg, 10, 16)
	if err != nil {
		return Unknown{Text: s}, nil
	}
	return Controller{MaxLen: uint16(n)}, nil
}
