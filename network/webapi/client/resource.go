package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Resource is a kind of objects.
type Resource[T any] struct {
	client *Client
	name   string // in the path
}

// Filter limits a list to objects with these values of attributes.
type Filter map[string]string

// List gives the objects that a filter lets through, sorted by id; nil lets
// through all.
func (r Resource[T]) List(ctx context.Context, f Filter) ([]T, error) {
	query := url.Values{}
	for name, value := range f {
		query.Set(name, value)
	}
	u := r.client.base.JoinPath(r.name)
	u.RawQuery = query.Encode()
	var list List[T]
	err := r.client.call(ctx, http.MethodGet, u, nil, &list)
	return list.Items, err
}

// Get gives one object.
func (r Resource[T]) Get(ctx context.Context, id string) (v T, err error) {
	return v, r.on(ctx, http.MethodGet, id, nil, nil, &v)
}

// Create creates an object, and answers it as it is stored.
func (r Resource[T]) Create(ctx context.Context, v T) (stored T, err error) {
	return stored, r.client.call(ctx, http.MethodPost, r.client.base.JoinPath(r.name), v, &stored)
}

// Update changes the attributes of an object that change has, as a JSON merge
// patch (RFC 7396): nil takes one away. It answers the object as it is then.
func (r Resource[T]) Update(ctx context.Context, id string, change map[string]any) (stored T, err error) {
	return stored, r.on(ctx, http.MethodPatch, id, nil, change, &stored)
}

// Delete deletes an object.
func (r Resource[T]) Delete(ctx context.Context, id string) error {
	return r.on(ctx, http.MethodDelete, id, nil, nil, nil)
}

// on makes a request on one object, whatever its id is.
func (r Resource[T]) on(ctx context.Context, method, id string, query url.Values, body, into any) error {
	if id == "" {
		return errors.New("an id is missing")
	}
	u := r.client.base.JoinPath(r.name, escape(id))
	u.RawQuery = query.Encode()
	return r.client.call(ctx, method, u, body, into)
}

// escape escapes an id as one segment of a path.
func escape(id string) string {
	switch id {
	case ".":
		return "%2E"
	case "..":
		return "%2E%2E"
	}
	return url.PathEscape(id)
}

// Error is the answer to a request that was refused, or failed.
type Error struct{ Problem }

// Error is what is wrong, and what to do.
func (e *Error) Error() string { return e.Detail }

// IsNotFound tells whether an error is that an object does not exist.
func IsNotFound(err error) bool {
	e := (*Error)(nil)
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}

// call makes a request, and reads what it answers.
func (c *Client) call(ctx context.Context, method string, u *url.URL, body, into any) error {
	resp, err := c.send(ctx, method, u, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("the answer of %s: %w", u.Host, err)
	}
	return nil
}

// send sends a request. An answer that is no success is an error.
func (c *Client) send(ctx context.Context, method string, u *url.URL, body any) (*http.Response, error) {
	var text io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		text = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), text)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", contentType(method))
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, problem(resp)
}

func contentType(method string) string {
	if method == http.MethodPatch {
		return "application/merge-patch+json"
	}
	return "application/json"
}

// problem is the error that an answer is.
func problem(resp *http.Response) error {
	e := &Error{}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(e); err != nil || e.Detail == "" {
		return foreign(resp)
	}
	e.Status = resp.StatusCode
	return e
}

// foreign is the error that an answer of another server is.
func foreign(resp *http.Response) error {
	detail := fmt.Sprintf("%s answers %s: is that the API of vlcp?", resp.Request.URL.Host, resp.Status)
	return &Error{Problem{Status: resp.StatusCode, Detail: detail}}
}
