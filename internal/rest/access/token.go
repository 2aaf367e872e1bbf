package access

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"appserver/internal/auth"
)

// Paths of the handlers, below where services are mounted.
const (
	TokenPath      = "/api/oauth2/v1/token"
	TLPPTokenPath  = "/tlpp/oauth2/token"
	InvalidatePath = "/api/framework/v1/invalidateToken"
)

// maxForm bounds the body of a request for tokens, and its query, in bytes.
const maxForm = 16 << 10

// Codes of errors of RFC 6749, section 5.2.
const (
	invalidRequest   = "invalid_request"
	invalidGrant     = "invalid_grant"
	invalidToken     = "invalid_token"
	unsupportedGrant = "unsupported_grant_type"
	temporarily      = "temporarily_unavailable"
	serverFault      = "server_error"
)

// Token returns what gives out tokens, at TokenPath and TLPPTokenPath: a POST, at the latter
// also a GET, with the parameters grant_type (password or refresh_token, in any case),
// username and password, or refresh_token. They come in the query, as a form in the body, or
// as headers with the same names, of which grant_type is in the query. The answer is that of
// RFC 6749, with status 200; an error has the members of both RFC 6749 and other services.
func (d *Door) Token() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allow := http.MethodPost
		tlpp := strings.HasSuffix(r.URL.Path, TLPPTokenPath)
		if tlpp {
			allow = "GET, POST"
		}
		if r.Method != http.MethodPost && (r.Method != http.MethodGet || !tlpp) {
			notAllowed(w, allow)
			return
		}
		if tlpp && !d.o.Secure(r) {
			writeError(w, &Refusal{Status: http.StatusForbidden, Detail: "Tokens are given over HTTPS only."}, invalidRequest)
			return
		}
		p, err := readParameters(w, r)
		if err != nil {
			d.o.Observe(schemePassword, resultMalformed)
			writeError(w, &Refusal{Status: http.StatusBadRequest, Detail: sentence(err.Error()), cause: err}, invalidRequest)
			return
		}
		d.give(w, r, p)
	})
}

// give answers a request for tokens.
func (d *Door) give(w http.ResponseWriter, r *http.Request, p parameters) {
	if p.inURL {
		d.inURL.Do(func() {
			d.o.Log.Warn("a client sends passwords in the URL, where proxies log them: it should send them as a form")
		})
	}
	scheme, grant := schemePassword, d.byPassword
	switch {
	case strings.EqualFold(p.grant, "refresh_token"):
		scheme, grant = schemeRefresh, d.byRefresh
	case !strings.EqualFold(p.grant, "password") || !d.o.PasswordGrant:
		d.o.Observe(scheme, resultMalformed)
		writeError(w, &Refusal{Status: http.StatusBadRequest, Detail: "The parameter grant_type must be " + d.grantTypes() + "."}, unsupportedGrant)
		return
	}
	pair, err := grant(r.Context(), p, From(r))
	if err != nil {
		refused := d.refuse(scheme, err, Rules{})
		d.o.Observe(scheme, refused.Result)
		writeError(w, refused, codeOf(refused))
		return
	}
	d.o.Observe(scheme, resultOK)
	writeJSON(w, cmp.Or(d.o.TokenStatus, http.StatusOK), newGrantBody(pair))
}

func (d *Door) grantTypes() string {
	if d.o.PasswordGrant {
		return "password or refresh_token"
	}
	return "refresh_token"
}

var (
	errNoPassword = errors.New("the parameters username and password are needed")
	errNoRefresh  = errors.New("the parameter refresh_token is needed")
	errNoGrants   = errors.New("this server gives no tokens")
)

func (d *Door) byPassword(ctx context.Context, p parameters, from netip.Addr) (auth.Pair, error) {
	if d.o.Grants == nil {
		return auth.Pair{}, errNoGrants
	}
	if p.name == "" || p.password == "" {
		return auth.Pair{}, errNoPassword
	}
	who, err := d.o.Check(ctx, auth.Attempt{Name: p.name, Password: p.password, From: from, Door: "token"})
	if err != nil {
		return auth.Pair{}, err
	}
	return d.o.Grants.Grant(ctx, who, from)
}

func (d *Door) byRefresh(ctx context.Context, p parameters, from netip.Addr) (auth.Pair, error) {
	if d.o.Grants == nil {
		return auth.Pair{}, errNoGrants
	}
	if p.refresh == "" {
		return auth.Pair{}, errNoRefresh
	}
	return d.o.Grants.Refresh(ctx, p.refresh, from)
}

// parameters are those of a request for tokens.
type parameters struct {
	grant, name, password, refresh string
	inURL                          bool // the password was in the URL
}

// readParameters reads the parameters of r, wherever they are. Its errors hold none of them.
func readParameters(w http.ResponseWriter, r *http.Request) (p parameters, err error) {
	query, form, err := values(w, r)
	if err != nil {
		return p, err
	}
	for name, to := range map[string]*string{"grant_type": &p.grant, "username": &p.name, "password": &p.password, "refresh_token": &p.refresh} {
		if *to, err = parameter(name, query, form, r.Header); err != nil {
			return p, err
		}
	}
	p.inURL = query.Get("password") != ""
	return p, nil
}

// values returns the query and the form of r.
func values(w http.ResponseWriter, r *http.Request) (query, form url.Values, err error) {
	if len(r.URL.RawQuery) > maxForm {
		return nil, nil, errors.New("the query is too long")
	}
	if query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, nil, errors.New("the query cannot be read")
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" || r.Body == nil {
		return query, nil, nil // clients send bodies of other kinds, which mean nothing
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err != nil {
		return nil, nil, errors.New("the form is too long, or was not sent whole")
	}
	if form, err = url.ParseQuery(string(body)); err != nil {
		return nil, nil, errors.New("the form cannot be read")
	}
	return query, form, nil
}

// parameter returns the parameter of the name: that of the query or the form, else that of
// the headers. Two that differ are an error.
func parameter(name string, query, form url.Values, h http.Header) (string, error) {
	found := append(append([]string(nil), query[name]...), form[name]...)
	if len(found) == 0 {
		found = h.Values(name)
	}
	for _, v := range found {
		if v != found[0] {
			return "", errors.New("the parameter " + name + " is there more than once")
		}
	}
	if len(found) == 0 {
		return "", nil
	}
	return Text([]byte(found[0])), nil
}

// Invalidate returns what ends the session of a token, at InvalidatePath: a POST with the
// access token as Bearer, and the refresh token, if there is one, as the parameter
// refresh_token of the query, a form or a JSON object.
func (d *Door) Invalidate() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			notAllowed(w, http.MethodPost)
			return
		}
		if err := d.revoke(w, r); err != nil {
			refused := d.refuse(schemeBearer, err, Rules{})
			d.o.Observe(schemeRevoke, refused.Result)
			writeError(w, refused, codeOf(refused))
			return
		}
		d.o.Observe(schemeRevoke, resultOK)
		writeJSON(w, http.StatusOK, messageBody{http.StatusOK, "The token does not count any more.", ""})
	})
}

func (d *Door) revoke(w http.ResponseWriter, r *http.Request) error {
	scheme, token, err := credentials(r.Header)
	switch {
	case err != nil:
		return err
	case scheme != schemeBearer:
		return errNone
	case d.o.Grants == nil:
		return errNoGrants
	}
	refresh, err := refreshToRevoke(w, r)
	if err != nil {
		return err
	}
	return d.o.Grants.Revoke(r.Context(), token, refresh, From(r))
}

var errRevoke = errors.New("the parameter refresh_token cannot be read")

// refreshToRevoke returns the refresh token that is to be revoked with the access token, "" if there is
// none.
func refreshToRevoke(w http.ResponseWriter, r *http.Request) (string, error) {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == "application/json" && r.Body != nil {
		return refreshInJSON(http.MaxBytesReader(w, r.Body, maxForm))
	}
	p, err := readParameters(w, r)
	if err != nil {
		return "", errRevoke
	}
	return p.refresh, nil
}

// refreshInJSON returns the member refresh_token of an object; a body of nothing has none.
func refreshInJSON(body io.Reader) (string, error) {
	var object struct {
		Refresh string `json:"refresh_token"`
	}
	err := json.NewDecoder(body).Decode(&object)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", errRevoke
	}
	return object.Refresh, nil
}

// grantBody is the answer with tokens.
type grantBody struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
	Type    string `json:"token_type"`
	Expires int64  `json:"expires_in"` // seconds
}

func newGrantBody(p auth.Pair) grantBody {
	return grantBody{p.Access, p.Refresh, "default", "Bearer", int64(p.Expires / time.Second)}
}

// messageBody is the shape of what services say that is not data.
type messageBody struct {
	Code            int    `json:"code"`
	Message         string `json:"message"`
	DetailedMessage string `json:"detailedMessage"`
}

// grantError is the answer without tokens: the members of RFC 6749 and those of services.
type grantError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	messageBody
}

// codeOf returns the code of RFC 6749 for a refusal.
func codeOf(r *Refusal) string {
	switch {
	case errors.Is(r, auth.ErrNoToken), errors.Is(r, auth.ErrExpired), errors.Is(r, errNone):
		return invalidToken
	case errors.Is(r, auth.ErrNoUser), errors.Is(r, auth.ErrNoGrant):
		return invalidGrant
	case r.Status == http.StatusServiceUnavailable, r.Status == http.StatusTooManyRequests:
		return temporarily
	case r.Status >= http.StatusInternalServerError:
		return serverFault
	}
	return invalidRequest
}

func writeError(w http.ResponseWriter, r *Refusal, code string) {
	r.Apply(w.Header())
	writeJSON(w, r.Status, grantError{code, r.Detail, messageBody{r.Status, http.StatusText(r.Status), r.Detail}})
}

func notAllowed(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	writeError(w, &Refusal{Status: http.StatusMethodNotAllowed, Detail: "Allowed: " + allow + "."}, invalidRequest)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the peer may be gone: nobody is left to tell
}
