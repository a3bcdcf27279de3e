package literal

import (
	"errors"
	"strconv"
	"strings"
)

// number reads an integer (decimal, 0x, 0o, 0b) or a float, with a sign and
// with _ between digits.
func (p *parser) number() (any, error) {
	text := p.numeral()
	v, err := parseNumber(text)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return nil, p.errorf("the number %s is too large", text)
	case err != nil:
		return nil, p.errorf("%q is no number", text)
	}
	p.pos += len(text)
	return v, nil
}

// numeral is the longest piece of text that may be meant as one number.
func (p *parser) numeral() string {
	rest := p.text[p.pos:]
	end := 1
	for end < len(rest) {
		exponent := (rest[end-1] == 'e' || rest[end-1] == 'E') && (rest[end] == '+' || rest[end] == '-')
		if !exponent && !strings.Contains(letters+".", rest[end:end+1]) {
			break
		}
		end++
	}
	return rest[:end]
}

func parseNumber(text string) (any, error) {
	digits := strings.TrimLeft(text, "+-")
	if len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0123456789_") == "" && strings.Trim(digits, "0_") != "" {
		return nil, strconv.ErrSyntax // 010 is octal to some and ten to others
	}
	i, err := strconv.ParseInt(text, 0, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return i, err
	}
	if strings.ContainsAny(digits, "xXpPiInN") || strings.Contains(digits, "_") {
		return nil, strconv.ErrSyntax // hexadecimal floats, Inf and NaN are not Python's
	}
	return strconv.ParseFloat(text, 64)
}
