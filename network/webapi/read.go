package webapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vlcp-go/vlcp/internal/literal"
)

// maxBody bounds a request, in bytes; what the store takes is less.
const maxBody = 1 << 20

// read reads the parameters of a request. Its errors are refusals.
func read(w http.ResponseWriter, r *http.Request) (values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	p, err := parse(r)
	var refused *refusal
	switch tooLarge := (*http.MaxBytesError)(nil); {
	case err == nil:
		return p, checkNames(p)
	case errors.As(err, &refused):
		return nil, err
	case errors.As(err, &tooLarge):
		return nil, refusef(http.StatusRequestEntityTooLarge, "the request is larger than %d bytes", maxBody)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refusef(http.StatusRequestTimeout, "the request did not arrive within %v", timeout)
	}
	return nil, refusef(http.StatusBadRequest, "the parameters can't be read: %w", err)
}

func parse(r *http.Request) (values, error) {
	switch r.Method {
	case http.MethodGet:
		return fromQuery(r.URL.RawQuery)
	case http.MethodPost:
		return fromBody(r)
	}
	return nil, refusef(http.StatusMethodNotAllowed, "%.100q is no method for calls: use GET with a query, or POST with a form or a JSON object", r.Method)
}

// fromBody reads the body alone: a query beside it was never looked at.
func fromBody(r *http.Request) (values, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "multipart/form-data":
		return fromMultipart(r)
	case "application/json":
		return fromJSON(r.Body)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if kind != "application/x-www-form-urlencoded" && len(body) > 0 {
		return nil, refusef(http.StatusBadRequest, "the body is of the type %.100q: send a form, or a JSON object as application/json", kind)
	}
	return fromQuery(string(body))
}

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
				return nil, refusef(http.StatusBadRequest, "%.100s: it is there as %[1]s[] too", plain)
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

// errNoObject is the error of a body that is other JSON, or none.
var errNoObject = errors.New(`the body is not one JSON object, such as {"id": "net1"}`)

func fromJSON(body io.Reader) (values, error) {
	d := json.NewDecoder(body)
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoObject, err)
	}
	_, err := d.Token()
	p, ok := v.(values)
	switch {
	case !ok || err == nil:
		return nil, errNoObject
	case !errors.Is(err, io.EOF):
		return nil, fmt.Errorf("%w: %w", errNoObject, err)
	case depth(p) > literal.MaxDepth:
		return nil, refusef(http.StatusBadRequest, "the JSON object is nested more than %d deep", literal.MaxDepth)
	}
	return p, nil
}

// depth is how deep a value is nested; 0 for a plain one.
func depth(v any) (most int) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			most = max(most, depth(item))
		}
	case values:
		for _, item := range v {
			most = max(most, depth(item))
		}
	default:
		return 0
	}
	return most + 1
}

// checkNames refuses names that nobody means.
func checkNames(p values) error {
	for name := range p {
		switch {
		case name == "":
			return refusef(http.StatusBadRequest, "a parameter has no name")
		case strings.HasPrefix(name, "{"):
			return refusef(http.StatusBadRequest, "the form looks like JSON: send that with the header Content-Type: application/json")
		}
	}
	return nil
}
