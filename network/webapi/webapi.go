// Package webapi is the management API as an http.Handler. It has two faces:
//
// The calls that scripts written for the original system make, under /viperflow/
// and, on virtual routers, /vrouterapi/:
//
//	curl -g -d 'type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan' \
//	    'http://localhost:8081/viperflow/createphysicalnetwork'
//
// A call is a GET with its parameters in the query, or a POST with a form or a
// JSON object. In a query or form, a value in backquotes is a Python literal; one
// that can't be read is an error (the original kept it as text, backquotes and
// all). The answer is {"result": …}, or {"error": "…"} with status 500 for a call
// that was refused or failed, and another one for a request that is no call (see
// [Handler]).
//
// And resources under /v1, in JSON, with the verbs of HTTP; /openapi.json
// describes them, and package client calls them:
//
//	curl -H 'Content-Type: application/json' -d '{"id": "blue"}' http://localhost:8081/v1/networks
//
// docs/api.md has both. Of objects in one call all are changed, or none.
// [Access] says where the API is and who may call; requests that a web page may
// have made are refused everywhere. The files, from the request down:
//
//	access.go      where the API is; tokens.go, who may call
//	server.go      the server
//	door.go        who calls
//	handler.go     from a request to its answer
//	read.go        parameters and bodies; form.go and json.go, from what they come
//	kind.go        creating, changing, deleting and listing objects of any kind
//	kinds.go       which kinds there are
//	show.go        what is shown of an object
//	calls.go       the original's calls; viperflow.go, which there are; filter.go,
//	               what a list is limited to
//	v1.go          /v1; document.go, the OpenAPI document; operations.go, what it
//	               and the routes are made of
//	resource.go    its collections and objects; resources.go, which there are;
//	               contents.go, what comes and goes with one; patch.go, changes;
//	               select.go, what a list is limited to; problem.go, errors;
//	               body.go, bodies
//	hosts.go       its hosts
//	watch.go       its stream of what changes; events.go, on the way to a client;
//	               feed.go and hostfeed.go, what is in it
package webapi
