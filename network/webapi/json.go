package webapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/vlcp-go/vlcp/internal/literal"
)

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
