// Package webapi is the management API as an http.Handler: the calls that
// scripts written for the original system make, under /viperflow/.
//
//	curl -g -d 'type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan' \
//	    'http://localhost:8081/viperflow/createphysicalnetwork'
//
// A call is a GET with its parameters in the query, or a POST with a form or a
// JSON object. In a query or form, a value in backquotes is a Python literal; one
// that can't be read is an error (the original kept it as text, backquotes and
// all). docs/api.md has the calls, and what is different from the original.
//
// The answer is {"result": …}, or {"error": "…"} with status 500 for a call that
// was refused or failed, and another one for a request that is no call (see
// [Handler]). Of objects in one call all are changed, or none.
//
// There are no passwords: [Listen] listens on loopback only, and requests that a
// web page may have made are refused. The files, from the request down:
//
//	listen.go     the server
//	handler.go    a call, from its request to its answer
//	local.go      who may call
//	read.go       its parameters; form.go and json.go, from what they come
//	viperflow.go  which calls there are
//	kind.go       creating, changing, deleting and listing objects of any kind
//	filter.go     what a list is limited to
//	show.go       what is shown of an object
package webapi
