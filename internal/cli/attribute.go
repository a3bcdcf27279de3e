package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"
)

// attributes are what the flags of create and update say of an object, as the API
// has it. One that is nil is taken away.
type attributes map[string]any

// attribute is a flag for an attribute of an object.
type attribute struct {
	flag, name string // name: in the API; "" where it is as the flag's
	read       reader
	usage      string
	fixed      bool // only create has it
	must       bool // create needs it
	ids        ids  // what it may be; nil: anything
}

// value is a flag that sets an attribute.
type value struct {
	in attributes
	attribute
	given string
}

func (v *value) String() string { return v.given }
func (v *value) Type() string   { return v.read.typ }
func (v *value) Set(s string) error {
	name := v.name
	if name == "" {
		name = v.flag
	}
	read, err := v.read.read(v.in[name], s)
	if err != nil {
		return err
	}
	v.in[name], v.given = read, s
	return nil
}

// flags adds the flags for attributes to a command.
func (in attributes) flags(c *cobra.Command, all []attribute, api *api) {
	for _, a := range all {
		flag := c.Flags().VarPF(&value{in: in, attribute: a}, a.flag, "", a.usage)
		if a.read.typ == truth.typ {
			flag.NoOptDefVal = "true"
		}
		if a.ids != nil {
			_ = c.RegisterFlagCompletionFunc(a.flag, api.complete(a.ids))
		}
		if a.must {
			_ = c.MarkFlagRequired(a.flag)
		}
	}
	c.Flags().Var(&setter{in}, "set", "an attribute of your own, or one that has no flag; the value is text or JSON")
}

// setter is the flag --set.
type setter struct{ in attributes }

func (s *setter) String() string { return "" }
func (s *setter) Type() string   { return "NAME=VALUE" }
func (s *setter) Set(text string) error {
	name, raw, found := strings.Cut(text, "=")
	if !found || name == "" {
		return fmt.Errorf("%q is no NAME=VALUE", text)
	}
	var v any = raw
	if decoded := any(nil); json.Unmarshal([]byte(raw), &decoded) == nil {
		v = json.RawMessage(raw)
	}
	s.in[name] = v
	return nil
}

// named are the attributes, and the one that names the object, if it is given.
func (in attributes) named(naming string, args []string) attributes {
	all := maps.Clone(in)
	if len(args) > 0 {
		all[naming] = args[0]
	}
	return all
}

// into makes an object of the attributes.
func (in attributes) into(object any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, object)
}
