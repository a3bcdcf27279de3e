package webapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"

	"github.com/vlcp-go/vlcp/internal/literal"
)

// maxBody bounds a request, in bytes.
const maxBody = 1 << 20

// params are the parameters of a call by name: strings, or the values of
// literals and JSON.
type params map[string]any

// read reads the parameters of a request; with an error comes the status to
// answer.
func read(w http.ResponseWriter, r *http.Request) (params, int, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	p, err := parse(r)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("the request is larger than %d bytes", maxBody)
	}
	if errors.Is(err, errMethod) {
		return nil, http.StatusMethodNotAllowed, err
	}
	return p, http.StatusBadRequest, err
}

var errMethod = errors.New("use GET with a query, or POST with a form or a JSON object")

func parse(r *http.Request) (params, error) {
	switch r.Method {
	case http.MethodGet:
		q, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, fmt.Errorf("the query can't be read: %w", err)
		}
		return fromForm(q)
	case http.MethodPost:
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
			return fromJSON(r)
		}
		if err := r.ParseMultipartForm(maxBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
			return nil, fmt.Errorf("the form can't be read: %w", err)
		}
		return fromForm(r.PostForm)
	}
	return nil, errMethod
}

func fromJSON(r *http.Request) (params, error) {
	var p params
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		return nil, fmt.Errorf("the body is not a JSON object: %w", err)
	}
	return p, nil
}

// fromForm takes the last value of a name that is repeated, and all of one
// that ends in [].
func fromForm(form url.Values) (params, error) {
	p := make(params, len(form))
	for name, values := range form {
		if name, list := cutList(name); list {
			p[name] = values
			continue
		}
		v, err := literal.Value(values[len(values)-1])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		p[name] = v
	}
	return p, nil
}

func cutList(name string) (string, bool) {
	if n := len(name) - 2; n > 0 && name[n:] == "[]" {
		return name[:n], true
	}
	return name, false
}
