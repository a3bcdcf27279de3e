package webapi

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vlcp-go/vlcp/internal/literal"
)

func fromQuery(query string) (values, error) {
	form, err := url.ParseQuery(query)
	if err != nil {
		return nil, err
	}
	return fromForm(form)
}

func fromMultipart(r *http.Request) (values, error) {
	reader, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	form, err := reader.ReadForm(maxBody)
	if err != nil {
		return nil, err
	}
	for name := range form.File {
		return nil, refusef(http.StatusBadRequest, "%.100s: a file can't be a parameter: send its content as the value", name)
	}
	return fromForm(form.Value)
}

// fromForm takes the last value of a name that is repeated, and all of one that
// ends in [].
func fromForm(form url.Values) (values, error) {
	p := make(values, len(form))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		list, err := literals(name, form[name])
		if err != nil {
			return nil, err
		}
		if plain, isList := strings.CutSuffix(name, "[]"); isList {
			if form.Has(plain) {
				return nil, refusef(http.StatusBadRequest, "%.100s: it is there as %.100[1]s[] too", plain)
			}
			p[plain] = list
		} else {
			p[name] = list[len(list)-1]
		}
	}
	return p, nil
}

// literals reads the values of one name.
func literals(name string, texts []string) ([]any, error) {
	all := make([]any, len(texts))
	for i, text := range texts {
		v, err := literal.Value(text)
		if err != nil {
			return nil, refusef(http.StatusBadRequest, "%.100s: the value in backquotes can't be read: %w; write for example `True` or `[\"a\", 1]`", name, err)
		}
		if !utf8.ValidString(text) {
			return nil, refusef(http.StatusBadRequest, "%.100s: the value is not UTF-8 text", name)
		}
		all[i] = v
	}
	return all, nil
}
