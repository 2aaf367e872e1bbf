package access

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"appserver/internal/auth"
	"appserver/internal/lograte"
	"appserver/internal/store"
)

// house is a Door with users, and what it has logged and counted.
type house struct {
	t     *testing.T
	users *auth.Users
	*Door
	logs *observer.ObservedLogs

	mu   sync.Mutex
	seen map[string]int
}

const (
	password = "sécret wörd"
	realmB   = `Basic realm="Access to REST", charset="UTF-8"`
	realmT   = `Bearer realm="Access to REST"`
)

// database is one with the user maria; making it takes longer than copying it.
var database = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "access")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		return nil, err
	}
	err = auth.NewUsers(s, auth.UsersOptions{Cost: cheap}).Add(context.Background(), auth.Actor{}, "maria", password, auth.Profile{})
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, store.FileName))
})

var cheap = auth.Cost{Memory: 8, Passes: 1, Threads: 1}

// newHouse has the user maria; options can be changed.
func newHouse(t *testing.T, change func(*Options)) *house {
	t.Helper()
	dir := t.TempDir()
	content, err := database()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, store.FileName), content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(context.Background(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	h := &house{t: t, seen: map[string]int{}}
	core, logs := observer.New(zap.DebugLevel)
	h.logs = logs
	h.users = auth.NewUsers(s, auth.UsersOptions{Cost: cheap, Throttle: standing()})
	o := Options{
		Check: h.users.Check, ChangePassword: h.users.ChangePassword, PasswordGrant: true, Log: zap.New(core),
		Grants: auth.NewGrants(auth.GrantOptions{Store: s, Keys: auth.OpenKeys(dir), Users: h.users, Log: zap.New(core),
			GrantTimes: auth.GrantTimes{AccessTime: time.Hour, RefreshTime: 24 * time.Hour}}),
		Observe: func(scheme, result string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.seen[scheme+" "+result]++
		},
	}
	if change != nil {
		change(&o)
	}
	h.Door = New(o)
	return h
}

// request is one over TLS, with headers as name and value in turn.
func request(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "https://server.example"+target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

// ask sends a request for tokens.
func (h *house) ask(r *http.Request) (*httptest.ResponseRecorder, map[string]any) {
	return h.send(h.Token(), r)
}

func (h *house) send(handler http.Handler, r *http.Request) (*httptest.ResponseRecorder, map[string]any) {
	h.t.Helper()
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, r)
	var body map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &body); err != nil {
		h.t.Errorf("%s %s: body %q is not JSON", r.Method, r.URL.Path, rec.Body)
	}
	if got := rec.Header().Get("Cache-Control"); got != "no-store" {
		h.t.Errorf("%s %s: Cache-Control = %q", r.Method, r.URL.Path, got)
	}
	return rec, body
}

// tokens returns those of a new session of maria.
func (h *house) tokens() (access, refresh string) {
	h.t.Helper()
	form := url.Values{"grant_type": {"password"}, "username": {"maria"}, "password": {password}}.Encode()
	rec, body := h.ask(request("POST", "/rest"+TokenPath, form, "Content-Type", "application/x-www-form-urlencoded"))
	if rec.Code != http.StatusOK {
		h.t.Fatalf("tokens: %d %s", rec.Code, rec.Body)
	}
	return body["access_token"].(string), body["refresh_token"].(string)
}

func basicHeader(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}

func latin1(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

// enter returns who gets in, and else why not.
func (h *house) enter(r *http.Request, rules Rules) (auth.Principal, *Refusal) {
	h.t.Helper()
	who, err := h.Authenticate(context.Background(), r, From(r), rules)
	if err == nil {
		return who, nil
	}
	var refused *Refusal
	if !errors.As(err, &refused) || who != (auth.Principal{}) {
		h.t.Fatalf("Authenticate = %+v, %v (%T); want a Refusal and nobody", who, err, err)
	}
	return who, refused
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	token, refresh := h.tokens()
	both, onlyTokens := Rules{Basic: true}, Rules{}
	for _, test := range []struct {
		name       string
		headers    []string
		rules      Rules
		method     auth.Method
		status     int
		challenges []string
	}{
		{"nothing", nil, both, "", 401, []string{realmB, realmT}},
		{"nothing, no Basic", nil, onlyTokens, "", 401, []string{realmT}},
		{"Basic in UTF-8", []string{"Authorization", basicHeader("maria", password)}, both, auth.User, 0, nil},
		{"Basic in ISO-8859-1", []string{"Authorization", basicHeader("maria", latin1(password))}, both, auth.User, 0, nil},
		{"scheme in another case", []string{"Authorization", "bAsIc" + basicHeader("MARIA", password)[5:]}, both, auth.User, 0, nil},
		{"Basic, not allowed", []string{"Authorization", basicHeader("maria", password)}, onlyTokens, "", 401, []string{realmT}},
		{"wrong password", []string{"Authorization", basicHeader("maria", "wrong word")}, both, "", 401, []string{realmB}},
		{"no such user", []string{"Authorization", basicHeader("nobody", password)}, both, "", 401, []string{realmB}},
		{"no password", []string{"Authorization", basicHeader("maria", "")}, both, "", 401, []string{realmB}},
		{"no name", []string{"Authorization", basicHeader("", password)}, both, "", 401, []string{realmB}},
		{"no colon", []string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("maria"))}, both, "", 401, []string{realmB}},
		{"no base64", []string{"Authorization", "Basic maria:word"}, both, "", 401, []string{realmB}},
		{"control characters", []string{"Authorization", basicHeader("ma\nria", password)}, both, "", 401, []string{realmB}},
		{"Basic, empty", []string{"Authorization", "Basic"}, both, "", 401, []string{realmB}},
		{"Basic, long", []string{"Authorization", basicHeader("maria", strings.Repeat("x", 4000))}, both, "", 400, nil},
		{"Bearer", []string{"Authorization", "Bearer " + token}, onlyTokens, auth.Bearer, 0, nil},
		{"bearer", []string{"Authorization", "bearer   " + token + " "}, both, auth.Bearer, 0, nil},
		{"not a token", []string{"Authorization", "Bearer x"}, both, "", 401, []string{realmT + `, error="invalid_token"`}},
		{"a refresh token", []string{"Authorization", "Bearer " + refresh}, both, "", 401, []string{realmT + `, error="invalid_token"`}},
		{"Bearer, empty", []string{"Authorization", "Bearer"}, both, "", 401, []string{realmT + `, error="invalid_token"`}},
		{"Bearer, long", []string{"Authorization", "Bearer " + strings.Repeat("x", 9000)}, both, "", 400, nil},
		{"another scheme", []string{"Authorization", "Digest x"}, both, "", 401, []string{realmB, realmT}},
		{"empty header", []string{"Authorization", ""}, both, "", 401, []string{realmB, realmT}},
		{"two headers", []string{"Authorization", "Bearer " + token, "Authorization", basicHeader("maria", password)}, both, "", 400, nil},
		{"the same twice", []string{"Authorization", "Bearer " + token, "Authorization", "Bearer " + token}, both, "", 400, nil},
	} {
		who, refused := h.enter(request("GET", "/rest/x", "", test.headers...), test.rules)
		switch {
		case test.status == 0 && (refused != nil || who.Name != "maria" || who.Method != test.method):
			t.Errorf("%s: %+v, %v; want maria by %s", test.name, who, refused, test.method)
		case test.status != 0 && (refused == nil || refused.Status != test.status || fmt.Sprint(refused.Challenges) != fmt.Sprint(test.challenges)):
			t.Errorf("%s: %+v; want %d with %q", test.name, refused, test.status, test.challenges)
		}
	}
	for _, entry := range h.logs.All() {
		if text := fmt.Sprint(entry.Message, entry.ContextMap()); strings.Contains(text, "maria") || strings.Contains(text, password) || strings.Contains(text, token) {
			t.Errorf("the log says %s", text)
		}
	}
}

// Whoever gets it wrong learns the same, whatever was wrong.
func TestWrongCredentialsLookAlike(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	if err := h.users.Add(context.Background(), auth.Actor{}, "joão", password, auth.Profile{}); err != nil {
		t.Fatal(err)
	}
	if err := h.users.Block(context.Background(), auth.Actor{}, "joão", auth.Blocking{}); err != nil {
		t.Fatal(err)
	}
	var answers []string
	for i, name := range []string{"maria", "nobody", "joão"} {
		r := request("GET", "/", "", "Authorization", basicHeader(name, "wrong word"))
		_, refused := h.enter(r, Rules{Basic: true})
		form := url.Values{"grant_type": {"password"}, "username": {name}, "password": {"wrong word"}}
		rec, _ := h.ask(request("POST", TokenPath+"?"+form.Encode(), ""))
		answer := fmt.Sprint(refused.Status, refused.Challenges, refused.Detail, rec.Code, rec.Header(), rec.Body)
		if answers = append(answers, answer); answer != answers[0] {
			t.Errorf("case %d: %s; want %s", i, answer, answers[0])
		}
	}
	right := request("GET", "/", "", "Authorization", basicHeader("joão", password))
	if _, refused := h.enter(right, Rules{Basic: true}); refused == nil || refused.Detail != "The name or the password is wrong." {
		t.Errorf("blocked, right password: %+v", refused)
	}
}

// standing is a throttle whose clock stands still: what it allows does not depend on how
// fast the machine is.
func standing() *auth.Throttle {
	return &auth.Throttle{Now: func() time.Time { return time.Unix(0, 0) }}
}

func TestGuessesAreThrottled(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for i := range 30 {
		_, refused := h.enter(request("GET", "/", "", "Authorization", basicHeader(fmt.Sprint("user", i), "wrong word")), Rules{Basic: true})
		if refused.Status == http.StatusTooManyRequests {
			header := http.Header{}
			refused.Apply(header)
			if header.Get("Retry-After") != "6" {
				t.Errorf("Retry-After = %q", header.Get("Retry-After"))
			}
			rec, body := h.ask(request("POST", TokenPath+"?grant_type=password&username=a&password=b", ""))
			if rec.Code != http.StatusTooManyRequests || body["error"] != "temporarily_unavailable" || rec.Header().Get("Retry-After") == "" {
				t.Errorf("tokens meanwhile: %d %s", rec.Code, rec.Body)
			}
			return
		}
	}
	t.Error("30 guesses from one address were not slowed down")
}

func TestProgramDecides(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	token, _ := h.tokens()
	asked := 0
	rules := Rules{Basic: true, OnAuth: func(_ context.Context, user, word string) (bool, error) {
		asked++
		if user == "broken" {
			return true, errors.New("array out of bounds")
		}
		return user == "ana" && word == "x", nil
	}}
	for _, test := range []struct {
		name, header string
		status       int
		asked        int
	}{
		{"yes", basicHeader("ana", "x"), 0, 1},
		{"no", basicHeader("ana", "y"), 403, 1},
		{"no credentials", "", 401, 0},
		{"not readable", "Basic x", 401, 0},
		{"tokens do not count", "Bearer " + token, 401, 0},
		{"users of the store do not count", basicHeader("maria", password), 403, 1},
		{"the program fails", basicHeader("broken", "x"), 500, 1},
	} {
		r := request("GET", "/", "")
		if test.header != "" {
			r.Header.Set("Authorization", test.header)
		}
		asked = 0
		who, refused := h.enter(r, rules)
		switch {
		case asked != test.asked:
			t.Errorf("%s: asked %d times; want %d", test.name, asked, test.asked)
		case test.status == 0 && (refused != nil || who != auth.Principal{Name: "ana", Method: auth.Program}):
			t.Errorf("%s: %+v, %v", test.name, who, refused)
		case test.status != 0 && (refused == nil || refused.Status != test.status):
			t.Errorf("%s: %+v; want %d", test.name, refused, test.status)
		case test.status == 401 && fmt.Sprint(refused.Challenges) != "["+realmB+"]":
			t.Errorf("%s: challenges %q", test.name, refused.Challenges)
		}
	}
	for range 30 {
		if _, refused := h.enter(request("GET", "/", "", "Authorization", basicHeader("ana", "y")), rules); refused.Status == 429 {
			return
		}
	}
	t.Error("guesses that a program checks are not slowed down")
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	proxied := false
	h := newHouse(t, func(o *Options) { o.Forwarded = func(*http.Request) bool { return proxied } })
	token, _ := h.tokens()
	enter := func(subject pkix.Name, verified bool, headers ...string) (auth.Principal, *Refusal) {
		r := request("GET", "/", "", headers...)
		c := &x509.Certificate{Subject: subject}
		r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}}
		if verified {
			r.TLS.VerifiedChains = [][]*x509.Certificate{{c}}
		}
		return h.enter(r, Rules{Basic: true})
	}
	who, refused := enter(pkix.Name{CommonName: "erp"}, true)
	if refused != nil || who != (auth.Principal{Name: "erp", Method: auth.MTLS}) {
		t.Errorf("verified: %+v, %v", who, refused)
	}
	if who, refused = enter(pkix.Name{Organization: []string{"X"}}, true); refused != nil || who.Name != "O=X" {
		t.Errorf("without a common name: %+v, %v", who, refused)
	}
	if who, refused = enter(pkix.Name{CommonName: "erp"}, true, "Authorization", "Bearer "+token); refused != nil || who.Name != "maria" {
		t.Errorf("with a token: %+v, %v; want that the token counts", who, refused)
	}
	if _, refused = enter(pkix.Name{CommonName: "erp"}, true, "Authorization", "Bearer x"); refused == nil {
		t.Error("with a bad token the certificate counted")
	}
	for what, name := range map[string]string{"line end": "a\nb", "long": strings.Repeat("x", 300), "not UTF-8": "\xff"} {
		if _, refused = enter(pkix.Name{CommonName: name}, true); refused == nil || refused.Status != 401 {
			t.Errorf("%s in the name: %+v", what, refused)
		}
	}
	if _, refused = enter(pkix.Name{}, true); refused == nil {
		t.Error("a certificate without a subject counted")
	}
	if _, refused = enter(pkix.Name{CommonName: "erp"}, false); refused == nil {
		t.Error("a certificate that was not verified counted")
	}
	proxied = true
	if _, refused = enter(pkix.Name{CommonName: "proxy"}, true); refused == nil {
		t.Error("the certificate of a proxy counted for its clients")
	}
}

// Clients send the parameters in three ways, and get the same.
func TestTokenStyles(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	form := url.Values{"grant_type": {"password"}, "username": {"maria"}, "password": {password}}.Encode()
	const formType = "application/x-www-form-urlencoded"
	for name, r := range map[string]*http.Request{
		"query":                    request("POST", TokenPath+"?"+form, ""),
		"query and a JSON body":    request("POST", TokenPath+"?"+form, `{"username":"x"}`, "Content-Type", "application/json"),
		"form":                     request("POST", TokenPath, form, "Content-Type", formType),
		"form with a charset":      request("POST", "/rest"+TokenPath, form, "Content-Type", formType+"; charset=utf-8"),
		"headers":                  request("POST", TokenPath+"?grant_type=password", "", "username", "maria", "password", password),
		"headers in ISO-8859-1":    request("POST", TokenPath+"?grant_type=password", "", "username", "maria", "password", latin1(password)),
		"grant in upper case":      request("POST", TokenPath+"?grant_type=PASSWORD&username=MARIA&password="+url.QueryEscape(password), ""),
		"the same in both":         request("POST", TokenPath+"?"+form, form, "Content-Type", formType),
		"TLPP":                     request("POST", TLPPTokenPath, form, "Content-Type", formType),
		"TLPP by GET":              request("GET", "/rest"+TLPPTokenPath+"?"+form, ""),
		"query in ISO-8859-1":      request("POST", TokenPath+"?grant_type=password&username=maria&password="+url.QueryEscape(latin1(password)), ""),
		"grant in query and form":  request("POST", TokenPath+"?grant_type=password", form, "Content-Type", formType),
		"headers beside the query": request("POST", TokenPath+"?"+form, "", "username", "other"),
	} {
		rec, body := h.ask(r)
		if rec.Code != http.StatusOK || body["token_type"] != "Bearer" || body["expires_in"] != 3600.0 || body["scope"] != "default" || len(body) != 5 {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
			continue
		}
		access := body["access_token"].(string)
		if who, refused := h.enter(request("GET", "/", "", "Authorization", "Bearer "+access), Rules{}); refused != nil || who.Name != "maria" {
			t.Errorf("%s: with the token: %+v, %v", name, who, refused)
		}
		if got := rec.Header().Get("Pragma") + rec.Header().Get("Referrer-Policy"); got != "no-cacheno-referrer" {
			t.Errorf("%s: headers %v", name, rec.Header())
		}
	}
	warnings := h.logs.FilterMessageSnippet("in the URL").Len()
	if warnings != 1 {
		t.Errorf("%d warnings that passwords come in the URL; want one", warnings)
	}
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	const formType = "application/x-www-form-urlencoded"
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
		code   string
	}{
		{"nothing", request("POST", TokenPath, ""), 400, "unsupported_grant_type"},
		{"another grant", request("POST", TokenPath+"?grant_type=client_credentials", ""), 400, "unsupported_grant_type"},
		{"no password", request("POST", TokenPath+"?grant_type=password&username=maria", ""), 400, "invalid_request"},
		{"no name", request("POST", TokenPath+"?grant_type=password&password=x", ""), 400, "invalid_request"},
		{"wrong password", request("POST", TokenPath+"?grant_type=password&username=maria&password=x", ""), 401, "invalid_grant"},
		{"no refresh token", request("POST", TokenPath+"?grant_type=refresh_token", ""), 400, "invalid_request"},
		{"bad refresh token", request("POST", TokenPath+"?grant_type=refresh_token&refresh_token=x", ""), 400, "invalid_grant"},
		{"two names", request("POST", TokenPath+"?grant_type=password&username=maria&username=joao&password=x", ""), 400, "invalid_request"},
		{"query and form differ", request("POST", TokenPath+"?grant_type=password&username=a", "username=b&password=x", "Content-Type", formType), 400, "invalid_request"},
		{"two headers", request("POST", TokenPath+"?grant_type=password", "", "username", "a", "username", "b", "password", "x"), 400, "invalid_request"},
		{"long form", request("POST", TokenPath, "grant_type=password&x="+strings.Repeat("x", maxForm), "Content-Type", formType), 400, "invalid_request"},
		{"long query", request("POST", TokenPath+"?x="+strings.Repeat("x", maxForm), ""), 400, "invalid_request"},
		{"bad query", request("POST", TokenPath+"?grant_type=%zz", ""), 400, "invalid_request"},
		{"bad form", request("POST", TokenPath, "grant_type=%zz", "Content-Type", formType), 400, "invalid_request"},
		{"GET", request("GET", TokenPath+"?grant_type=password&username=maria&password=x", ""), 405, "invalid_request"},
		{"DELETE", request("DELETE", TLPPTokenPath, ""), 405, "invalid_request"},
		{"TLPP without TLS", httptest.NewRequest("POST", "http://server.example"+TLPPTokenPath, nil), 403, "invalid_request"},
	} {
		rec, body := h.ask(test.r)
		if rec.Code != test.status || body["error"] != test.code || body["code"] != float64(test.status) ||
			body["message"] == "" || body["detailedMessage"] == "" || body["error_description"] != body["detailedMessage"] {
			t.Errorf("%s: %d %s; want %d, %s", test.name, rec.Code, rec.Body, test.status, test.code)
		}
		if (rec.Code == 405) != (rec.Header().Get("Allow") != "") || (rec.Code == 401) != (rec.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("%s: headers %v", test.name, rec.Header())
		}
	}
	closed := newHouse(t, func(o *Options) { o.PasswordGrant = false })
	rec, body := closed.ask(request("POST", TokenPath+"?grant_type=password&username=maria&password="+url.QueryEscape(password), ""))
	if rec.Code != 400 || body["error"] != "unsupported_grant_type" {
		t.Errorf("PasswordGrant=0: %d %s", rec.Code, rec.Body)
	}
	created := newHouse(t, func(o *Options) { o.TokenStatus = 201 })
	if rec, _ := created.ask(request("POST", TokenPath+"?grant_type=password&username=maria&password="+url.QueryEscape(password), "")); rec.Code != 201 {
		t.Errorf("TokenStatus=201: %d %s", rec.Code, rec.Body)
	}
	none := newHouse(t, func(o *Options) { o.Grants = nil })
	if rec, _ := none.ask(request("POST", TokenPath+"?grant_type=password&username=maria&password="+url.QueryEscape(password), "")); rec.Code != 404 {
		t.Errorf("without tokens: %d %s", rec.Code, rec.Body)
	}
	if _, refused := none.enter(request("GET", "/", "", "Authorization", "Bearer x"), Rules{Basic: true}); refused == nil || fmt.Sprint(refused.Challenges) != "["+realmB+"]" {
		t.Errorf("Bearer without tokens: %+v", refused)
	}
}

func TestRefreshAndReuse(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	_, first := h.tokens()
	refresh := func(token string) (*httptest.ResponseRecorder, map[string]any) {
		return h.ask(request("POST", TokenPath, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}.Encode(), "Content-Type", "application/x-www-form-urlencoded"))
	}
	rec, body := refresh(first)
	if rec.Code != 200 {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	second, access := body["refresh_token"].(string), body["access_token"].(string)
	if rec, body := refresh(first); rec.Code != 400 || body["error"] != "invalid_grant" {
		t.Errorf("reuse: %d %s", rec.Code, rec.Body)
	}
	if rec, _ := refresh(second); rec.Code != 400 {
		t.Errorf("after reuse: %d %s", rec.Code, rec.Body)
	}
	if _, refused := h.enter(request("GET", "/", "", "Authorization", "Bearer "+access), Rules{}); refused == nil {
		t.Error("after reuse the access token counts")
	}
	if h.logs.FilterMessageSnippet("used twice").Len() != 1 {
		t.Error("the log does not tell of the reuse")
	}
	if h.seen["refresh_grant ok"] != 1 || h.seen["refresh_grant wrong"] != 2 {
		t.Errorf("counted %v", h.seen)
	}
}

func TestInvalidate(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for name, body := range map[string]func(refresh string) (query, body, media string){
		"access token only":      func(string) (string, string, string) { return "", "", "" },
		"refresh token in query": func(r string) (string, string, string) { return "?refresh_token=" + r, "", "" },
		"refresh token in form": func(r string) (string, string, string) {
			return "", "refresh_token=" + r, "application/x-www-form-urlencoded"
		},
		"refresh token in JSON": func(r string) (string, string, string) {
			return "", `{"refresh_token":"` + r + `"}`, "application/json"
		},
		"empty JSON": func(string) (string, string, string) { return "", "", "application/json; charset=utf-8" },
	} {
		access, refresh := h.tokens()
		query, text, media := body(refresh)
		rec, _ := h.send(h.Invalidate(), request("POST", "/rest"+InvalidatePath+query, text, "Authorization", "Bearer "+access, "Content-Type", media))
		if rec.Code != 200 {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
		if _, refused := h.enter(request("GET", "/", "", "Authorization", "Bearer "+access), Rules{}); refused == nil {
			t.Errorf("%s: the access token counts", name)
		}
		if rec, _ := h.ask(request("POST", TokenPath+"?grant_type=refresh_token&refresh_token="+refresh, "")); rec.Code != 400 {
			t.Errorf("%s: the refresh token counts: %d", name, rec.Code)
		}
	}
	access, _ := h.tokens()
	for name, test := range map[string]struct {
		r      *http.Request
		status int
	}{
		"nothing":       {request("POST", InvalidatePath, ""), 401},
		"Basic":         {request("POST", InvalidatePath, "", "Authorization", basicHeader("maria", password)), 401},
		"not a token":   {request("POST", InvalidatePath, "", "Authorization", "Bearer x"), 401},
		"GET":           {request("GET", InvalidatePath, "", "Authorization", "Bearer "+access), 405},
		"bad JSON":      {request("POST", InvalidatePath, "{", "Authorization", "Bearer "+access, "Content-Type", "application/json"), 400},
		"two headers":   {request("POST", InvalidatePath, "", "Authorization", "Bearer "+access, "Authorization", "Bearer "+access), 400},
		"long, as JSON": {request("POST", InvalidatePath, `{"x":"`+strings.Repeat("x", maxForm)+`"}`, "Authorization", "Bearer "+access, "Content-Type", "application/json"), 400},
	} {
		if rec, _ := h.send(h.Invalidate(), test.r); rec.Code != test.status {
			t.Errorf("%s: %d %s; want %d", name, rec.Code, rec.Body, test.status)
		}
	}
	if _, refused := h.enter(request("GET", "/", "", "Authorization", "Bearer "+access), Rules{}); refused != nil {
		t.Errorf("after attempts that were refused the token does not count: %v", refused)
	}
}

// What cannot be checked is no fault of the client.
func TestUnchecked(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(o *Options) {
		o.Check = func(context.Context, auth.Attempt) (auth.Principal, error) {
			return auth.Principal{}, fmt.Errorf("%w: dial tcp db.internal: refused", auth.ErrUnavailable)
		}
	})
	_, refused := h.enter(request("GET", "/", "", "Authorization", basicHeader("maria", password)), Rules{Basic: true})
	if refused.Status != 503 || refused.RetryAfter == 0 || strings.Contains(refused.Detail, "db.internal") {
		t.Errorf("%+v", refused)
	}
	rec, body := h.ask(request("POST", TokenPath+"?grant_type=password&username=a&password=b", ""))
	if rec.Code != 503 || body["error"] != "temporarily_unavailable" || strings.Contains(rec.Body.String(), "db.internal") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	busy := newHouse(t, func(o *Options) {
		o.Check = func(context.Context, auth.Attempt) (auth.Principal, error) { return auth.Principal{}, auth.ErrBusy }
	})
	if _, refused := busy.enter(request("GET", "/", "", "Authorization", basicHeader("maria", password)), Rules{Basic: true}); refused.Status != 503 || refused.RetryAfter == 0 {
		t.Errorf("busy: %+v", refused)
	}
}

// A lost database refuses every request; the log says so now and then.
func TestUncheckedIsToldNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core, logs := observer.New(zap.WarnLevel)
		d := New(Options{Log: zap.New(core)})
		for range 100 {
			d.refuse(schemeBasic, auth.ErrUnavailable, Rules{})
			d.refuse(schemeBearer, auth.ErrUnavailable, Rules{})
		}
		time.Sleep(lograte.Every)
		d.refuse(schemeBasic, auth.ErrUnavailable, Rules{})
		if all := logs.All(); len(all) != 3 || all[2].ContextMap()["refused_before"] != int64(99) {
			t.Errorf("lines %v; want one of each scheme, and a third that counts 99", all)
		}
	})
}

func TestBareConnectionsAreWarnedAbout(t *testing.T) {
	t.Parallel()
	h := newHouse(t, nil)
	for range 3 {
		r := httptest.NewRequest("GET", "http://server.example/", nil)
		r.Header.Set("Authorization", basicHeader("maria", password))
		if _, refused := h.enter(r, Rules{Basic: true}); refused != nil {
			t.Fatal(refused)
		}
	}
	if n := h.logs.FilterMessageSnippet("not encrypted").Len(); n != 1 {
		t.Errorf("%d warnings; want 1", n)
	}
}

func TestTenant(t *testing.T) {
	for _, test := range []struct {
		lines []string
		want  string
		bad   bool
	}{
		{nil, "", false},
		{[]string{""}, "", false},
		{[]string{"99,01"}, "99,01", false},
		{[]string{" T1 , D MG 01 "}, "T1,D MG 01", false},
		{[]string{"99"}, "99", false},
		{[]string{"99,"}, "99", false},
		{[]string{latin1("São,01")}, "São,01", false},
		{[]string{","}, "", true},
		{[]string{"99,01,02"}, "", true},
		{[]string{"99,01", "99,02"}, "", true},
		{[]string{"99,01\t"}, "99,01", false},
		{[]string{"9\t9"}, "", true},
		{[]string{"99;drop"}, "", true},
		{[]string{"99,'01'"}, "", true},
		{[]string{strings.Repeat("9", 33)}, "", true},
		{[]string{strings.Repeat("9", 65)}, "", true},
	} {
		h := http.Header{}
		for _, line := range test.lines {
			h.Add("tenantId", line)
		}
		got, err := Tenant(h)
		var refused *Refusal
		if got != test.want || (err != nil) != test.bad || err != nil && (!errors.As(err, &refused) || refused.Status != 400) {
			t.Errorf("Tenant(%q) = %q, %v; want %q", test.lines, got, err, test.want)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		pattern, class, path, method string
		want                         bool
	}{
		{"/ping", "", "/ping", "GET", true},
		{"/ping/", "", "/ping", "GET", true},
		{"/ping", "", "/PING", "GET", false}, // perhaps another route
		{"/Ping", "CLASS", "/pINg", "GET", true},
		{"/booKings", "BOOKINGS", "/bookings", "GET", true}, // as routes are compared
		{"/ping", "", "/ping/x", "GET", false},
		{"/ping", "", "/pin", "GET", false},
		{"/ping/get", "", "/ping", "GET", true},
		{"/ping/get", "", "/ping", "POST", false},
		{"/ping/get", "", "/ping/get", "GET", true},
		{"/ping/get", "", "/ping/get", "DELETE", false},
		{"/orders/*/GET", "", "/orders/7/GET", "DELETE", false},
		{"/orders/*/GET", "", "/orders/7", "GET", true},
		{"/orders/*", "", "/orders", "DELETE", false},
		{"orders/get", "ORDERS", "/orders/get", "DELETE", false},
		{"orders/get", "ORDERS", "/orders/7", "GET", true},
		{"orders/*/get", "ORDERS", "/orders/7/get", "DELETE", false},
		{"/orders/get", "ORDERS", "/orders/get", "DELETE", false},
		{"/orders/get", "ORDERS", "/orders/get", "GET", true},
		{"/api/*/login", "", "/api/rh/v1/login", "GET", true},
		{"/api/rh/v1/login/auth/*", "", "/api/rh/v1/login/auth/ana", "GET", true},
		{"/*", "", "/anything/at/all", "GET", true},
		{"fwjwt", "FWJWT", "/fwjwt/refresh_token", "GET", true},
		{"fwjwt/refresh_token", "FWJWT", "/fwjwt/refresh_token", "GET", true},
		{"fwjwt/refresh_token", "FWJWT", "/refresh_token", "GET", true},
		{"fwjwt/refresh_token/post", "FWJWT", "/fwjwt/refresh_token", "GET", false},
		{"fwjwt/refresh_token/post", "FWJWT", "/fwjwt/refresh_token", "POST", true},
		{"fwjwt/post", "FWJWT", "/fwjwt", "POST", true},
		{"fwjwt/auth", "FWJWT", "/fwjwt/refresh_token", "GET", false},
		{"fwjwt/x", "FWJWT", "/fwjwtx", "GET", false},
		{"fwjwt", "", "/fwjwt", "GET", false},
		{"fwjwt", "OTHER", "/fwjwt", "GET", false},
		{"", "X", "/", "GET", false},
	} {
		segments := strings.Split(strings.TrimPrefix(test.path, "/"), "/")
		if got := ParsePatterns([]string{test.pattern}).Match(test.class, segments, test.method); got != test.want {
			t.Errorf("%q fits %s %s of %q: %v; want %v", test.pattern, test.method, test.path, test.class, got, test.want)
		}
	}
	if ParsePatterns([]string{"/public/*"}).Match("", []string{"public/../secret"}, "GET") || ParsePatterns([]string{"/a/b"}).Match("", []string{"a/b"}, "GET") {
		t.Error("an encoded slash made one segment two")
	}
}

func TestSentences(t *testing.T) {
	for _, o := range outcomes {
		text := o.detail
		if text == "" {
			text = sentence(o.is.Error())
		}
		if first := text[0]; first < 'A' || first > 'Z' || !strings.HasSuffix(text, ".") {
			t.Errorf("the detail %q is no sentence", text)
		}
	}
}

func TestFrom(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "192.0.2.1": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::1", "[::ffff:192.0.2.1]:80": "192.0.2.1",
	} {
		if got := From(&http.Request{RemoteAddr: remote}); got != netip.MustParseAddr(want) {
			t.Errorf("From(%q) = %v; want %s", remote, got, want)
		}
	}
	if got := From(&http.Request{RemoteAddr: "@"}); got.IsValid() {
		t.Errorf("From(@) = %v", got)
	}
}

func FuzzCredentials(f *testing.F) {
	f.Add(basicHeader("maria", password))
	f.Add("Bearer x.y.z")
	f.Add("Basic")
	f.Fuzz(func(t *testing.T, line string) {
		scheme, value, err := credentials(http.Header{"Authorization": {line}})
		if err == nil && scheme == schemeBasic {
			name, word, err := basic(value)
			if err == nil && (name == "" || strings.ContainsAny(name+word, "\r\n\x00")) {
				t.Errorf("%q gives the name %q", line, name)
			}
		}
		if len(value) > maxBearer {
			t.Errorf("%d bytes of credentials were taken", len(value))
		}
	})
}

func FuzzToken(f *testing.F) {
	f.Add("grant_type=password&username=a&password=b", "")
	f.Add("", "grant_type=refresh_token&refresh_token=x")
	door := New(Options{PasswordGrant: true, Check: func(context.Context, auth.Attempt) (auth.Principal, error) { return auth.Principal{}, auth.ErrNoUser }})
	handler := door.Token()
	f.Fuzz(func(t *testing.T, query, form string) {
		r := httptest.NewRequest("POST", TokenPath, strings.NewReader(form))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, r)
		if rec.Code < 400 {
			t.Errorf("%q, %q: %d", query, form, rec.Code)
		}
		_, _ = io.Copy(io.Discard, rec.Body)
	})
}
