package rest

import (
	"encoding/json"
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// errorBody is the shape of every error. Clients rely on all three members.
type errorBody struct {
	Code            int    `json:"code"`
	Message         string `json:"message"`
	DetailedMessage string `json:"detailedMessage"`
}

// WriteError writes the whole answer to r: status, which must be 400 to 599,
// and a JSON body with it.
//
// Message is for the user of the client. If it is empty, it is what status
// means, in the language of the client (Accept-Language: Portuguese, English
// or Spanish; English if none fits). Detail is for whoever wrote the client, in
// English; it must hold no secret. Headers set before, like Allow, are kept.
func WriteError(w http.ResponseWriter, r *http.Request, status int, message, detail string) {
	writeFailure(w, r, guideline, status, message, detail)
}

// style is the shape of an error, which depends on the kind of the service.
type style func(status int, message, detail string) any

// guideline is the style of the API guideline: of TLPP services, Logix routes, and whatever
// has no service.
func guideline(status int, message, detail string) any {
	return errorBody{status, message, detail}
}

// classicBody is the shape of errors of classic REST services.
type classicBody struct {
	Code    int    `json:"errorCode"`
	Message string `json:"errorMessage"`
}

// classic is the style of WSRESTFUL services, as SetRestFault has it.
func classic(status int, message, detail string) any {
	return classicBody{status, strings.TrimSpace(message + " " + detail)}
}

// writeFailure is WriteError in a style.
func writeFailure(w http.ResponseWriter, r *http.Request, shape style, status int, message, detail string) {
	h := w.Header()
	if message == "" {
		tag := preferred(r.Header)
		message = statusMessage(tag, status)
		h.Set("Content-Language", tag.String())
		h.Add("Vary", "Accept-Language")
	}
	body, err := json.Marshal(shape(status, message, detail))
	if err != nil { // strings and a number always have a JSON form
		panic(err)
	}
	h.Del("Content-Length")
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the peer may be gone: nobody is left to tell
}

// maxAcceptLanguage is longer than what any browser sends, in bytes.
const maxAcceptLanguage = 512

// preferred returns the language of [languages] that suits a request best.
func preferred(h http.Header) language.Tag {
	accept := strings.Join(h.Values("Accept-Language"), ",")
	if accept == "" || len(accept) > maxAcceptLanguage {
		return languages[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return languages[0]
	}
	_, i, _ := matcher.Match(wanted...)
	return languages[i]
}
