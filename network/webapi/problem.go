package webapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/vlcp-go/vlcp/internal/param"
	"github.com/vlcp-go/vlcp/kvstore"
	"github.com/vlcp-go/vlcp/network"
	"github.com/vlcp-go/vlcp/network/webapi/client"
)

// notAllowed is the refusal of a method that a path does not have.
type notAllowed struct {
	allow string // the methods that it has
	error
}

// explainProblem is the answer of /v1 that an error is (RFC 9457).
func explainProblem(err error) reply {
	status := problemStatus(err)
	problem := client.Problem{Title: http.StatusText(status), Status: status, Detail: explain(err)}
	if of := (*param.Error)(nil); errors.As(err, &of) {
		problem.Field = of.Name
	}
	answer := reply{status: status, body: problem, header: map[string]string{"Content-Type": "application/problem+json"}}
	if refused := (*notAllowed)(nil); errors.As(err, &refused) {
		answer.header["Allow"] = refused.allow
	}
	if status == http.StatusServiceUnavailable {
		answer.header["Retry-After"] = "5" // seconds
	}
	return answer
}

// problemStatus is the status that says what an error is.
func problemStatus(err error) int {
	var (
		refused *refusal
		method  *notAllowed
		given   *param.Error
		secret  *unreadable
	)
	switch {
	case errors.As(err, &refused):
		return refused.status
	case errors.As(err, &method):
		return http.StatusMethodNotAllowed
	case errors.As(err, &given):
		return http.StatusUnprocessableEntity
	case errors.As(err, &secret):
		return http.StatusServiceUnavailable
	}
	for _, s := range statuses() {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	return http.StatusInternalServerError
}

// statuses are those of the errors of a model and its store; the first that
// fits counts. What does not exist is here what a request only refers to.
func statuses() []struct {
	err    error
	status int
} {
	return []struct {
		err    error
		status int
	}{
		{network.ErrExists, http.StatusConflict},
		{network.ErrInUse, http.StatusConflict},
		{network.ErrDeleting, http.StatusConflict},
		{network.ErrExhausted, http.StatusConflict},
		{network.ErrInvalid, http.StatusUnprocessableEntity},
		{network.ErrNotFound, http.StatusUnprocessableEntity},
		{kvstore.ErrConflict, http.StatusConflict},
		{kvstore.ErrUnavailable, http.StatusServiceUnavailable},
		{kvstore.ErrUnknown, http.StatusServiceUnavailable},
		{kvstore.ErrClosed, http.StatusServiceUnavailable},
		{context.DeadlineExceeded, http.StatusServiceUnavailable},
		{context.Canceled, http.StatusServiceUnavailable},
	}
}
