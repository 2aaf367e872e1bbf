package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"go.uber.org/zap"

	"appserver/internal/auth"
	"appserver/internal/lograte"
)

// Refusal is why somebody is not let in. Its Detail says nothing that helps to guess.
type Refusal struct {
	Status     int           // of HTTP
	Challenges []string      // values of WWW-Authenticate
	RetryAfter time.Duration // when to try again; 0: that is of no use
	Detail     string        // for whoever wrote the client, in English
	Result     string        // for counting
	cause      error
}

func (r *Refusal) Error() string { return r.Detail }

// Unwrap returns what is behind the refusal, for the log.
func (r *Refusal) Unwrap() error { return r.cause }

// Apply sets the headers of the answer.
func (r *Refusal) Apply(h http.Header) {
	for _, c := range r.Challenges {
		h.Add("WWW-Authenticate", c)
	}
	if r.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((r.RetryAfter+time.Second-1)/time.Second)))
	}
	h.Set("Cache-Control", "no-store")
}

// Results of attempts, for counting.
const (
	resultOK          = "ok"
	resultMissing     = "missing"     // no credentials
	resultWrong       = "wrong"       // not good
	resultMalformed   = "malformed"   // cannot be read
	resultForbidden   = "forbidden"   // a program said no
	resultThrottled   = "throttled"   // too many mistakes, or too busy
	resultUnavailable = "unavailable" // cannot be checked
)

// Results returns every result that Options.Observe is called with.
func Results() []string {
	return []string{resultOK, resultMissing, resultWrong, resultMalformed, resultForbidden, resultThrottled, resultUnavailable}
}

// What can be wrong with a request, beside what package auth finds.
var (
	errNone        = errors.New("credentials are needed")
	errScheme      = errors.New("credentials of this kind do not count here")
	errSeveral     = errors.New("there is more than one header Authorization")
	errLong        = errors.New("the header Authorization is too long")
	errBasic       = errors.New("name:password in base64 must follow Basic")
	errForbidden   = errors.New("the service does not let this user in")
	errNoChange    = errors.New("passwords are not changed here")
	errProgram     = errors.New("the function that checks users failed")
	errCertificate = errors.New("the client certificate has no usable name")
)

// outcome is a row of outcomes.
type outcome struct {
	is     error
	status int
	result string
	retry  time.Duration
	detail string // "": the text of is
}

// outcomes is the table from errors to answers; the first that fits counts.
var outcomes = []outcome{
	{is: errNone, status: http.StatusUnauthorized, result: resultMissing},
	{is: errScheme, status: http.StatusUnauthorized, result: resultMissing},
	{is: errSeveral, status: http.StatusBadRequest, result: resultMalformed},
	{is: errLong, status: http.StatusBadRequest, result: resultMalformed},
	{is: errBasic, status: http.StatusUnauthorized, result: resultMalformed},
	{is: errForbidden, status: http.StatusForbidden, result: resultForbidden},
	{is: errCertificate, status: http.StatusUnauthorized, result: resultMalformed},
	{is: errNoPassword, status: http.StatusBadRequest, result: resultMalformed},
	{is: errNoRefresh, status: http.StatusBadRequest, result: resultMalformed},
	{is: errRevoke, status: http.StatusBadRequest, result: resultMalformed},
	{is: errChange, status: http.StatusBadRequest, result: resultMalformed},
	{is: errNoChange, status: http.StatusNotFound, result: resultMissing},
	{is: errNoGrants, status: http.StatusNotFound, result: resultMissing},
	{is: errProgram, status: http.StatusInternalServerError, result: resultUnavailable},
	{is: auth.ErrExpired, status: http.StatusUnauthorized, result: resultWrong, detail: "The access token has expired."},
	{is: auth.ErrNoToken, status: http.StatusUnauthorized, result: resultWrong, detail: "The access token is not valid."},
	{is: auth.ErrNoGrant, status: http.StatusBadRequest, result: resultWrong, detail: "The refresh token is not valid: sign in again."},
	{is: auth.ErrPasswordExpired, status: http.StatusUnauthorized, result: resultWrong, detail: "The password has expired: it must be changed."},
	{is: auth.ErrNoUser, status: http.StatusUnauthorized, result: resultWrong, detail: "The name or the password is wrong."},
	{is: auth.ErrThrottled, status: http.StatusTooManyRequests, result: resultThrottled, retry: 6 * time.Second, detail: "Too many wrong credentials came from this address."},
	{is: auth.ErrBusy, status: http.StatusServiceUnavailable, result: resultThrottled, retry: time.Second, detail: "Too many passwords are being checked."},
	{is: auth.ErrChanged, status: http.StatusServiceUnavailable, result: resultThrottled, retry: time.Second, detail: "The user was changed at this moment."},
	{is: context.Canceled, status: http.StatusServiceUnavailable, result: resultUnavailable, retry: time.Second, detail: "The request was given up."},
	{is: context.DeadlineExceeded, status: http.StatusServiceUnavailable, result: resultUnavailable, retry: time.Second, detail: "There was no time to check the credentials."},
}

// unchecked is the outcome of any other error.
var unchecked = outcome{status: http.StatusServiceUnavailable, result: resultUnavailable, retry: 5 * time.Second, detail: "Credentials cannot be checked at present."}

// find returns the outcome of err.
func find(err error) outcome {
	if unfit, ok := errors.AsType[*auth.PasswordError](err); ok {
		return outcome{is: err, status: http.StatusBadRequest, result: resultForbidden, detail: sentence(unfit.Reason)}
	}
	for _, o := range outcomes {
		if errors.Is(err, o.is) {
			return o
		}
	}
	return unchecked
}

// refuse makes the refusal for an error of credentials of the scheme.
func (d *Door) refuse(scheme string, err error, rules Rules) *Refusal {
	o := find(err)
	r := &Refusal{Status: o.status, RetryAfter: o.retry, Detail: o.detail, Result: o.result, cause: err}
	if r.Detail == "" {
		r.Detail = sentence(o.is.Error())
	}
	if o.status == http.StatusUnauthorized {
		r.Challenges = d.challenges(scheme, err, rules)
	}
	if o.result == resultUnavailable && !errors.Is(err, context.Canceled) {
		d.tellUnchecked(scheme, err)
	}
	return r
}

// tellUnchecked logs that credentials could not be checked, now and then: whoever has lost
// its database refuses every request.
func (d *Door) tellUnchecked(scheme string, err error) {
	gate, _ := d.unchecked.LoadOrStore(scheme, new(lograte.Gate))
	if before, ok := gate.(*lograte.Gate).Allow(time.Now()); ok {
		d.o.Log.Error("credentials could not be checked", zap.String("scheme", scheme), zap.Int64("refused_before", before), zap.Error(err))
	}
}

// sentence makes a sentence of the text of an error, which begins with a small letter.
func sentence(text string) string {
	return string(text[0]-'a'+'A') + text[1:] + "."
}

// challenges says how to come back with credentials. Whoever has shown a token gets none for
// a password, since a browser would then ask its user for one.
func (d *Door) challenges(scheme string, err error, rules Rules) []string {
	bearer := fmt.Sprintf("Bearer realm=%q", Realm)
	basic := fmt.Sprintf("Basic realm=%q, charset=%q", Realm, "UTF-8")
	switch {
	case rules.OnAuth != nil:
		return []string{basic}
	case scheme == schemeBearer && d.o.Grants != nil:
		return []string{bearer + `, error="invalid_token"`}
	case !rules.Basic:
		return []string{bearer}
	case d.o.Grants == nil || scheme == schemeBasic:
		return []string{basic}
	}
	return []string{basic, bearer}
}
