package webapi_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/vlcp-go/vlcp/network/webapi"
)

// FuzzResources: the same for /v1.
func FuzzResources(f *testing.F) {
	m, _ := newModel(f)
	var panics strings.Builder
	h := webapi.Handler(always(m), slog.New(slog.NewTextHandler(&panics, &slog.HandlerOptions{Level: slog.LevelError})))
	for _, seed := range []struct{ method, target, kind, body string }{
		{"GET", "networks?vni=1&vni=2&x=", "", ""},
		{"POST", "physical-networks", "application/json", `{"id":"x","type":"vxlan","vnirange":[[1,2]],"a":{"b":[1e9,null]}}`},
		{"PATCH", "physical-networks/x", "application/merge-patch+json", `{"a":{"b":null,"c":{"d":1}},"vnirange":[[1,3]]}`},
		{"POST", "physical-ports", "application/json", `{"physicalnetwork":"x","name":"vxlan0"}`},
		{"PATCH", "physical-ports/%7C%25%7C%25%7Cvxlan0", "application/json", `{"x":1}`},
		{"POST", "networks", "application/json", `{"id":"n","mtu":1400,"antispoof":false}`},
		{"POST", "subnets", "application/json", `{"id":"s","network":"n","cidr":"10.0.0.0/24","gateway":"10.0.0.1"}`},
		{"POST", "ports", "application/json", `{"id":"p","network":"n","addresses":[{"subnet":"s"}]}`},
		{"PATCH", "ports/p", "application/json", `{"addresses":["10.0.0.9"],"hostname":"h","x":null}`},
		{"DELETE", "ports/p", "", ""},
		{"POST", "networks", "application/json", `{"id":"m","router":"r","subnets":[{"id":"t","cidr":"10.1.0.0/24","gateway":"10.1.0.1"},{"cidr":"fd00::/64","x":[1]}]}`},
		{"DELETE", "networks/m?subnets=true&x", "", ""},
		{"POST", "routers", "application/json", `{"id":"r","routes":[["10.2.0.0/16","10.0.0.7"]],"interfaces":null}`},
		{"POST", "router-interfaces", "application/json", `{"id":"i","router":"r","subnet":"s","ip_address":"10.0.0.8"}`},
		{"PATCH", "routers/r", "application/json", `{"routes":null,"mac_address":"x"}`},
		{"PATCH", "router-interfaces/i", "application/json", `{"ip_address":null,"x":1}`},
		{"GET", "router-interfaces?router=r&subnet=s", "", ""},
		{"DELETE", "router-interfaces/i", "", ""},
		{"GET", "hosts/..%2F", "", ""},
		{"GET", "ports/%2E%2E", "", ""},
		{"BREW", "/", "", ""},
	} {
		f.Add(seed.method, seed.target, seed.kind, seed.body)
	}
	f.Fuzz(func(t *testing.T, method, target, kind, body string) {
		r, err := http.NewRequest(method, "http://localhost/v1/"+target, strings.NewReader(body))
		if err != nil || strings.HasPrefix(r.URL.Path, "/v1/watch") {
			t.Skip()
		}
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if strings.HasPrefix(r.URL.Path, "/v1/") { // and not /v1/../
			checkV1(t, w.Code, w.Header(), w.Body.Bytes())
		}
		if !slices.Contains([]int{200, 201, 204, 400, 404, 405, 409, 413, 415, 422}, w.Code) || panics.Len() > 0 {
			t.Errorf("status %d, log %q, answer %s", w.Code, panics.String(), w.Body)
		}
	})
}

// FuzzHandler: whatever is asked, the answer has the form of all answers, a
// known status, and comes from no panic.
func FuzzHandler(f *testing.F) {
	m, _ := newModel(f)
	var panics strings.Builder
	h := webapi.Handler(always(m), slog.New(slog.NewTextHandler(&panics, &slog.HandlerOptions{Level: slog.LevelError})))
	for _, seed := range []struct{ method, target, kind, body string }{
		{"GET", "/viperflow/listphysicalnetworks?id=`[1,(2.5,),{'a':None}]`&x[]=1&x[]=`2`", "", ""},
		{"POST", "/viperflow/createphysicalnetwork?", formType, "type=vxlan&vnirange=`[[10000,20000]]`&id=vxlan"},
		{"POST", "/viperflow/createphysicalport", formType, "physicalnetwork=vxlan&name=vxlan0"},
		{"POST", "/viperflow/createphysicalnetworks", "application/json", `{"networks":[{"type":"local","a":[1e9,{"b":null}]}]}`},
		{"POST", "/viperflow/deletephysicalports", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"ports[]\"\r\n\r\n`{'name':'vxlan0'}`\r\n--b--\r\n"},
		{"GET", "/viperflow/deletephysicalnetwork?id=vxlan", "", ""},
		{"GET", "/viperflow/listlogicalnetworks?vni=`1`", "", ""},
		{"POST", "/viperflow/createlogicalnetwork", formType, "physicalnetwork=vxlan&id=a&mtu=`1450`&lease_time=60"},
		{"POST", "/viperflow/createsubnets", "application/json", `{"subnets":[{"logicalnetwork":"a","cidr":"10.0.0.0/24","id":"s","host_routes":[["10.1.0.0/16","0.0.0.0"]]}]}`},
		{"POST", "/viperflow/createlogicalport", formType, "logicalnetwork=a&id=p&addresses=`[{'subnet':'s'},'fd00::1']`&mac_address=02:00:00:00:00:01"},
		{"POST", "/viperflow/updatelogicalport", formType, "id=p&ip_address=10.0.0.9&subnet=s&x=`None`"},
		{"POST", "/viperflow/updatelogicalnetworks", formType, "networks=`[{'id':'a','vni':None,'vlanid':5}]`"},
		{"GET", "/viperflow/listlogicalports?logicalnetwork=a&id=`None`", "", ""},
		{"PUT", "/", "", ""},
		{"GET", "/vrouterapi/x", "", ""},
		{"POST", "/vrouterapi/createvirtualrouters", "application/json", `{"routers":[{"id":"r","routes":[["10.1.0.0/16","10.0.0.9"]]},{"routes":null}]}`},
		{"POST", "/vrouterapi/addrouterinterface", formType, "router=r&subnet=s&ip_address=10.0.0.1&id=i&x=`1`"},
		{"POST", "/vrouterapi/updatevirtualrouter", formType, "id=r&routes=`[('0.0.0.0/0','10.0.0.9')]`"},
		{"GET", "/vrouterapi/listrouterinterfaces?id=r&subnet=s&id=`None`", "", ""},
		{"POST", "/vrouterapi/removerouterinterfaces", formType, "interfaces=`[{'router':'r','subnet':'s'}]`"},
		{"GET", "/viperflow/discover?details=1", "", ""},
	} {
		f.Add(seed.method, seed.target, seed.kind, "localhost:8081", "", seed.body)
	}
	f.Fuzz(func(t *testing.T, method, target, kind, host, origin, body string) {
		r, err := http.NewRequest(method, "http://localhost"+target, strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		r.Host = host
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		checkAnswer(t, w.Code, w.Header(), w.Body.Bytes())
		if !slices.Contains([]int{200, 400, 403, 404, 405, 413, 500}, w.Code) || panics.Len() > 0 {
			t.Errorf("status %d, log %q", w.Code, panics.String())
		}
	})
}
