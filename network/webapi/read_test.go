package webapi_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// pairs are names and values as a user writes them, in order.
type pairs [][2]string

func (p pairs) encode() string {
	var all []string
	for _, pair := range p {
		all = append(all, url.QueryEscape(pair[0])+"="+url.QueryEscape(pair[1]))
	}
	return strings.Join(all, "&")
}

func (p pairs) multipart() (kind, body string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, pair := range p {
		w.WriteField(pair[0], pair[1])
	}
	w.Close()
	return w.FormDataContentType(), b.String()
}

// Whichever way parameters come, they are the same.
func TestWaysToCall(t *testing.T) {
	for _, tt := range []struct {
		form pairs
		json string
		want string
	}{
		{pairs{{"type", "vxlan"}, {"vnirange", "`[[10000,20000]]`"}, {"id", "p"}},
			`{"type":"vxlan","vnirange":[[10000,20000]],"id":"p"}`,
			`{"result":[{"id":"p","type":"vxlan","vnirange":[[10000,20000]]}]}`},
		{pairs{{"id", "`'p'`"}, {"type", "x"}, {"type", "local"}, {"a", "`1`"}, {"a", "a+b c&ü%"}},
			`{"id":"x","id":"p","type":"local","a":"a+b c&ü%"}`,
			`{"result":[{"id":"p","type":"local","a":"a+b c&ü%"}]}`},
		{pairs{{"id", "p"}, {"type", "local"}, {"l[]", "a"}, {"l[]", "`2`"}, {"one[]", "`{'x':None}`"}},
			`{"id":"p","type":"local","l":["a",2],"one":[{"x":null}]}`,
			`{"result":[{"id":"p","type":"local","l":["a",2],"one":[{"x":null}]}]}`},
		{pairs{{"id", "p"}, {"type", "local"}, {"big", "`9007199254740993`"}, {"f", "`1.5`"}, {"t", "`True`"}},
			`{"id":"p","type":"local","big":9007199254740993,"f":1.5,"t":true}`,
			`{"result":[{"id":"p","type":"local","big":9007199254740993,"f":1.5,"t":true}]}`},
		{pairs{{"id", "p"}, {"type", "local"}, {"quoted", "`a` `b`x"}},
			"{\"id\":\"p\",\"type\":\"local\",\"quoted\":\"`a` `b`x\"}",
			"{\"result\":[{\"id\":\"p\",\"type\":\"local\",\"quoted\":\"`a` `b`x\"}]}"},
	} {
		const path = "/viperflow/createphysicalnetwork"
		a := newAPI(t)
		multipartKind, multipartBody := tt.form.multipart()
		for _, r := range []*http.Request{
			a.request(http.MethodGet, path+"?"+tt.form.encode(), "", ""),
			a.request(http.MethodPost, path+"?id=ignored&%zz;", formType, tt.form.encode()),
			a.request(http.MethodPost, path+"?", multipartKind, multipartBody),
			a.request(http.MethodPost, path, "application/json; charset=utf-8", tt.json),
		} {
			if status, body := a.send(r); status != http.StatusOK || canonical(body) != canonical(tt.want) {
				t.Errorf("%s %s: %d %s\nwant %s", r.Method, r.Header.Get("Content-Type"), status, body, tt.want)
			}
			if _, body := a.call("listphysicalnetworks"); canonical(body) != canonical(tt.want) {
				t.Errorf("listed: %s", body)
			}
			a.steps(step{"deletephysicalnetwork id=p", ok})
		}
	}
}

// Backquotes mean nothing in JSON, whose values have types.
func TestJSONHasNoLiterals(t *testing.T) {
	a := newAPI(t)
	status, body := a.send(a.request(http.MethodPost, "/viperflow/createphysicalnetwork", "application/json", "{\"type\":\"local\",\"id\":\"p\",\"x\":\"`1`\"}"))
	if want := "{\"result\":[{\"id\":\"p\",\"type\":\"local\",\"x\":\"`1`\"}]}"; status != http.StatusOK || canonical(body) != canonical(want) {
		t.Errorf("%d %s, want %s", status, body, want)
	}
}

func TestMalformedRequests(t *testing.T) {
	const list, create = "/viperflow/listphysicalnetworks", "/viperflow/createphysicalnetwork"
	huge := strings.Repeat("x", 1<<20)
	deep := func(n int, open, end string) string { return strings.Repeat(open, n) + "1" + strings.Repeat(end, n) }
	multi := "multipart/form-data; boundary=b"
	for _, tt := range []struct {
		method, path, kind, body string
		status                   int
		says                     string
	}{
		{"GET", "/viperflow/nosuch", "", "", 404, `"/viperflow/nosuch" is no call`},
		{"GET", "/nosuch/listphysicalnetworks", "", "", 404, "calls are /viperflow/<name>"},
		{"GET", "/", "", "", 404, "is no call"},
		{"GET", "//viperflow/listphysicalnetworks", "", "", 404, "is no call"},
		{"GET", "/viperflow/../etc/passwd", "", "", 404, "is no call"},
		{"GET", "/viperflow/LISTphysicalnetworks", "", "", 404, "is no call"},
		{"POST", "/viperflow/" + strings.Repeat("x", 4000), "", "", 404, "is no call"},
		{"PUT", list, "", "", 405, "use GET with a query"},
		{"DELETE", list, "", "", 405, "use GET with a query"},
		{"OPTIONS", list, "", "", 405, "use GET with a query"},

		{"GET", list + "?%zz", "", "", 400, "invalid URL escape"},
		{"GET", list + "?a;b", "", "", 400, "semicolon"},
		{"GET", list + "?=1", "", "", 400, "a parameter has no name"},
		{"GET", list + "?[]=1", "", "", 400, "a parameter has no name"},
		{"GET", list + "?a=%ff", "", "", 400, "a: the value is not UTF-8 text"},
		{"GET", list + "?a=1&a[]=2", "", "", 400, "a: it is there as a[] too"},
		{"GET", list + "?id=`vxlan`", "", "", 400, "id: the value in backquotes can't be read: unknown name"},
		{"GET", list + "?id=``", "", "", 400, "value missing at character 1"},
		{"GET", list + "?id[]=a&id[]=`[`", "", "", 400, "id[]: the value in backquotes"},
		{"GET", list + "?id=`" + deep(40, "[", "]") + "`", "", "", 400, "nested more than 32 deep"},
		{"GET", list + "?id=`" + deep(30, "(", ",)") + "`", "", "", 200, `[]`},
		{"GET", list + "?id=`" + strings.Repeat("-", 1000) + "1`", "", "", 400, "is no number"},
		{"GET", list + "?" + strings.Repeat("a=1&", 20000), "", "", 400, "can't be read"},

		{"POST", list, "", "", 200, "[]"},
		{"POST", list, formType, "", 200, "[]"},
		{"POST", list, "text/plain", "", 200, "[]"},
		{"POST", list, "text/plain", "id=a", 400, `the body is of the type "text/plain": send a form`},
		{"POST", list, "", "id=a", 400, `the body is of the type ""`},
		{"POST", list, "a;b;c", "id=a", 400, "send a form"},
		{"POST", list, formType, "%", 400, "invalid URL escape"},
		{"POST", list, formType, huge + "x", 413, "larger than 1048576 bytes"},
		{"POST", list, formType, `{"id":"a"}`, 400, "looks like JSON: send that with the header Content-Type: application/json"},

		{"POST", list, "multipart/form-data", "", 400, "boundary"},
		{"POST", list, multi, "", 400, "EOF"},
		{"POST", list, multi, "--b\r\nContent-Disp", 400, "malformed MIME header"},
		{"POST", list, multi, "--b\r\nContent-Disposition: form-data; name=\"v\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n", 400, "v: a file can't be a parameter"},
		{"POST", list, multi, "--b\r\nContent-Disposition: form-data; name=\"v\"\r\n\r\n" + huge + "\r\n--b--\r\n", 413, "larger than"},

		{"POST", list, "application/json", "", 400, "the body is not one JSON object"},
		{"POST", list, "application/json", "null", 400, "the body is not one JSON object"},
		{"POST", list, "application/json", "[]", 400, "the body is not one JSON object"},
		{"POST", list, "application/json", `{"id":`, 400, "the body is not one JSON object, such as {\"id\": \"net1\"}: unexpected EOF"},
		{"POST", list, "application/json", `{} {}`, 400, "the body is not one JSON object"},
		{"POST", list, "application/json", `{} x`, 400, "the body is not one JSON object"},
		{"POST", list, "application/json", `{"id":` + deep(40, "[", "]") + `}`, 400, "nested more than 32 deep"},
		{"POST", list, "application/json", deep(20000, `{"a":`, "}"), 400, "the body is not one JSON object"},
		{"POST", list, "application/json", `{"a":"` + huge + `"}`, 413, "larger than"},
		{"POST", create, "application/json", `{"type":["local"]}`, 500, `type: ["local"] is not vxlan, vlan, native or local`},
		{"POST", create, "application/json", `{"id":5}`, 500, `id: 5 is not an id`},
		{"POST", create, "application/json", `{"vlanrange":"` + huge[:1000] + `"}`, 500, "xxx… is not a list"},
		{"POST", create, "application/json", `{"type":"local","x":"` + huge[:500000] + `"}`, 500, "too large for the store"},
		{"POST", create, formType, "type=local&id=" + huge[:300], 500, "the id is 300 bytes long"},
		{"POST", create, formType, "type=local&id=a%00b", 500, "control characters"},
	} {
		a := newAPI(t)
		status, body := a.send(a.request(tt.method, tt.path, tt.kind, tt.body))
		if status != tt.status || !strings.Contains(unescaped(body), tt.says) || len(body) > 1000 {
			t.Errorf("%.20s %.60s %s %.60q: %d %.1000s\nwant %d, %q", tt.method, tt.path, tt.kind, tt.body, status, body, tt.status, tt.says)
		}
	}
}

// unescaped is JSON text as a reader sees it.
func unescaped(body string) string { return strings.ReplaceAll(body, `\"`, `"`) }

// The method that is possible is named (RFC 9110, 15.5.6).
func TestAllow(t *testing.T) {
	a := newAPI(t)
	resp, err := http.DefaultTransport.RoundTrip(a.request(http.MethodDelete, "/viperflow/listphysicalnetworks", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get("Allow"); got != "GET, POST" {
		t.Errorf("Allow: %s", got)
	}
}

// Ids that no object can have are those of none.
func TestListOfImpossibleIDs(t *testing.T) {
	a := newAPI(t)
	for _, id := range []string{"", "%00", "/", "..", "%2F..", strings.Repeat("x", 5000), "`5`", "`None`"} {
		for _, kind := range []string{"physicalnetworks", "physicalports", "logicalnetworks"} {
			a.steps(step{fmt.Sprintf("list%s id=%s", kind, id), `{"result":[]}`})
		}
	}
}
