package webapi

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"
)

// maxBody bounds a request, in bytes; what the store takes is less.
const maxBody = 1 << 20

// read reads the parameters of a call. Its errors are refusals.
func read(w http.ResponseWriter, r *http.Request) (values, error) {
	p, err := bounded(w, r, parse)
	if err != nil {
		return nil, err
	}
	return p, checkNames(p)
}

// bounded reads a request that may not be too large, nor arrive too slowly. Its
// errors are refusals.
func bounded(w http.ResponseWriter, r *http.Request, parse func(*http.Request) (values, error)) (values, error) {
	// Where the connection has no deadlines (a test's), none is needed.
	conn := http.NewResponseController(w)
	deadline, _ := r.Context().Deadline()
	_ = conn.SetReadDeadline(deadline)
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	p, err := parse(r)
	if err != nil {
		return nil, refuse(err)
	}
	_ = conn.SetReadDeadline(time.Time{})
	return p, nil
}

// refuse is the refusal that an error of reading becomes.
func refuse(err error) error {
	var (
		refused  *refusal
		tooLarge *http.MaxBytesError
	)
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &tooLarge):
		return refusef(http.StatusRequestEntityTooLarge, "the request is larger than %d bytes", maxBody)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refusef(http.StatusRequestTimeout, "the request did not arrive within %v", timeout)
	}
	return refusef(http.StatusBadRequest, "the parameters can't be read: %w", err)
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
