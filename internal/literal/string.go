package literal

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// strings reads one string, or several side by side, which are one.
func (p *parser) strings() (string, error) {
	var b strings.Builder
	for p.peek() == '\'' || p.peek() == '"' {
		if err := p.string(&b); err != nil {
			return "", err
		}
		p.space()
	}
	return b.String(), nil
}

func (p *parser) string(b *strings.Builder) error {
	start, quote := p.pos, p.peek()
	for p.pos++; p.pos < len(p.text); {
		c := p.peek()
		p.pos++
		switch c {
		case quote:
			return nil
		case '\n':
			p.pos--
			return p.errorf("string not closed before the end of the line")
		case '\\':
			if err := p.escape(b); err != nil {
				return err
			}
		default:
			b.WriteByte(c)
		}
	}
	p.pos = start
	return p.errorf("string not closed")
}

// escapes are the one-letter ones.
var escapes = map[byte]string{
	'\\': `\`, '\'': `'`, '"': `"`, '\n': "",
	'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// escape reads what follows a backslash. As in Python, one before any other
// character stands for itself.
func (p *parser) escape(b *strings.Builder) error {
	c := p.peek()
	if s, ok := escapes[c]; ok {
		p.pos++
		b.WriteString(s)
		return nil
	}
	switch {
	case c == 'x':
		return p.code(b, 1, 2, 16)
	case c == 'u':
		return p.code(b, 1, 4, 16)
	case c == 'U':
		return p.code(b, 1, 8, 16)
	case '0' <= c && c <= '7':
		return p.code(b, 0, p.octal(), 8)
	case c == 'N':
		return p.errorf(`\N is not supported: write \u and the code`)
	}
	b.WriteByte('\\')
	return nil
}

// octal counts the octal digits that are next, up to three.
func (p *parser) octal() int {
	n := 1
	for n < 3 && p.pos+n < len(p.text) && '0' <= p.text[p.pos+n] && p.text[p.pos+n] <= '7' {
		n++
	}
	return n
}

// code reads a character written as its number: n digits after skip bytes.
func (p *parser) code(b *strings.Builder, skip, n, base int) error {
	from := p.pos + skip
	if from+n > len(p.text) {
		return p.errorf("escape cut short")
	}
	code, err := strconv.ParseUint(p.text[from:from+n], base, 32)
	if err != nil || code > utf8.MaxRune || !utf8.ValidRune(rune(code)) {
		return p.errorf("%q is no character code", p.text[from:from+n])
	}
	p.pos = from + n
	b.WriteRune(rune(code))
	return nil
}
