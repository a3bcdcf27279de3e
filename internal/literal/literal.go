// Package literal reads Python literals: the form in which users write typed
// values where only text can be given, as in a Docker option or a query
// parameter. A value in backquotes is such a literal, any other is a string:
//
//	-o subnet:isexternal='`True`'   ->  true
//	-o subnet:isexternal=True       ->  "True"
//
// Nothing is evaluated: no names, no operators, no calls.
package literal

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of what is parsed.
const (
	MaxLen   = 64 << 10 // bytes of the whole text
	MaxDepth = 32       // nesting of lists, tuples and dicts
)

// SyntaxError says what is wrong with a literal, and where.
type SyntaxError struct {
	Offset int // in bytes from the start of the literal
	Msg    string
}

// Error names the place counted from 1.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at character %d", e.Msg, e.Offset+1)
}

// Value reads a value as users write it: in backquotes it is a literal, and
// else the string itself.
func Value(s string) (any, error) {
	if !Quoted(s) {
		return s, nil
	}
	return Parse(s[1 : len(s)-1])
}

// Quoted tells whether the whole of s is in backquotes.
func Quoted(s string) bool {
	return len(s) >= 2 && s[0] == '`' && s[len(s)-1] == '`'
}

// Parse reads one literal. None is nil, True and False are bool, numbers are
// int64 or float64, strings are string, lists and tuples are []any, and dicts,
// whose keys must be strings, are map[string]any. The error is a *SyntaxError.
func Parse(s string) (any, error) {
	p := &parser{text: s}
	switch {
	case len(s) > MaxLen:
		return nil, p.errorf("more than %d bytes", MaxLen)
	case !utf8.ValidString(s):
		return nil, p.errorf("not UTF-8 text")
	}
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	if p.space(); p.pos < len(p.text) {
		return nil, p.errorf("unexpected %q after the value", p.peekRune())
	}
	return v, nil
}

// parser walks over text; pos is the next byte.
type parser struct {
	text string
	pos  int
}

func (p *parser) value(depth int) (any, error) {
	if depth > MaxDepth {
		return nil, p.errorf("nested more than %d deep", MaxDepth)
	}
	p.space()
	switch c := p.peek(); {
	case c == '[':
		items, _, err := p.items(']', depth)
		return items, err
	case c == '(':
		return p.tuple(depth)
	case c == '{':
		return p.dict(depth)
	case c == '\'' || c == '"':
		return p.strings()
	case c == '+' || c == '-' || c == '.' || '0' <= c && c <= '9':
		return p.number()
	}
	return p.name()
}

// tuple reads (), (a,), (a, b); (a) is a in parentheses, as in Python.
func (p *parser) tuple(depth int) (any, error) {
	items, comma, err := p.items(')', depth)
	if err == nil && len(items) == 1 && !comma {
		return items[0], nil
	}
	return items, err
}

// items reads what is between two brackets; comma tells of one at the end.
func (p *parser) items(end byte, depth int) (items []any, comma bool, err error) {
	items = []any{}
	for p.pos++; !p.take(end); {
		if len(items) > 0 && !comma {
			return nil, false, p.errorf("want , or %c", end)
		}
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, false, err
		}
		items, comma = append(items, v), p.take(',')
	}
	return items, comma, nil
}

func (p *parser) dict(depth int) (any, error) {
	dict := map[string]any{}
	comma := true
	for p.pos++; !p.take('}'); comma = p.take(',') {
		if !comma {
			return nil, p.errorf("want , or }")
		}
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		if dict[key], err = p.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

func (p *parser) key() (string, error) {
	if p.space(); p.peek() != '\'' && p.peek() != '"' {
		return "", p.errorf("want a string as key")
	}
	key, err := p.strings()
	if err == nil && !p.take(':') {
		err = p.errorf("want : after the key")
	}
	return key, err
}

// name reads one of the three names that are values.
func (p *parser) name() (any, error) {
	rest := p.text[p.pos:]
	word := rest[:len(rest)-len(strings.TrimLeft(rest, letters))]
	names := map[string]any{"True": true, "False": false, "None": nil}
	v, ok := names[word]
	switch {
	case ok:
		p.pos += len(word)
		return v, nil
	case rest == "":
		return nil, p.errorf("value missing")
	case word == "":
		return nil, p.errorf("unexpected %q", p.peekRune())
	}
	return nil, p.errorf("unknown name %q: put text in quotes", word)
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

func (p *parser) space() {
	p.pos = len(p.text) - len(strings.TrimLeft(p.text[p.pos:], " \t\r\n\f"))
}

// take skips white space, and c if it is next.
func (p *parser) take(c byte) bool {
	p.space()
	if p.peek() != c {
		return false
	}
	p.pos++
	return true
}

// peek is the next byte; 0 at the end.
func (p *parser) peek() byte {
	if p.pos >= len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *parser) peekRune() string {
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return string(r)
}

func (p *parser) errorf(format string, args ...any) error {
	return &SyntaxError{Offset: p.pos, Msg: fmt.Sprintf(format, args...)}
}
