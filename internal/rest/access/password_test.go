package access

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"appserver/internal/auth"
)

// change has somebody send a body to PasswordPath.
func (h *house) change(body string, headers ...string) (int, string, http.Header) {
	h.t.Helper()
	r := request("POST", "/rest"+PasswordPath, body, append([]string{"Content-Type", "application/json; charset=utf-8"}, headers...)...)
	rec, answer := h.send(h.Password(), r)
	text, _ := answer["message"].(string)
	if code, _ := answer["code"].(float64); int(code) != rec.Code {
		h.t.Errorf("the code of %s is not the status %d", rec.Body, rec.Code)
	}
	return rec.Code, text, rec.Header()
}

// A user changes his password with the old one, which ends his sessions; other answers say
// what is wrong, and nothing of it is in the log.
func TestPasswordChange(t *testing.T) {
	h := newHouse(t, nil)
	access, _ := h.tokens()
	body := func(user, old, password string) string {
		return fmt.Sprintf(`{"user":%q,"oldPassword":%q,"newPassword":%q}`, user, old, password)
	}
	for _, tt := range []struct {
		name, body string
		status     int
		message    string
	}{
		{"wrong password", body("maria", "guess 1", "new sécret"), 401, "The name or the password is wrong."},
		{"no such user", body("nobody", "guess 1", "new sécret"), 401, "The name or the password is wrong."},
		{"too short", body("maria", password, "shört"), 400, "The password is shorter than 8 characters."},
		{"no new one", body("maria", password, ""), 400, "The body must be"},
		{"no JSON", "user=maria", 400, "The body must be"},
		{"no text", `{"user":"maria","oldPassword":1,"newPassword":"new sécret"}`, 400, "The body must be"},
		{"not UTF-8", body("maria", password, "new secret") + "\xe9", 400, "The body must be"},
		{"too long", body("maria", password, strings.Repeat("x", maxForm)), 400, "The body must be"},
	} {
		if status, message, _ := h.change(tt.body); status != tt.status || !strings.HasPrefix(message, tt.message) {
			t.Errorf("%s: %d %q; want %d %q", tt.name, status, message, tt.status, tt.message)
		}
	}
	latin1 := strings.ReplaceAll(body("maria", password, "new secr\xe9t"), `\xe9`, "\xe9")
	if status, _, _ := h.change(latin1); status != 400 {
		t.Errorf("a password in ISO-8859-1 = %d; want 400: JSON is UTF-8", status)
	}
	if status, message, _ := h.change(body("Maria", password, "new sécret")); status != 200 || message != "The password was changed." {
		t.Errorf("the change = %d %q", status, message)
	}
	if _, err := h.o.Grants.Verify(t.Context(), access); err == nil {
		t.Error("a token from before counts")
	}
	for given, want := range map[string]bool{password: false, "new sécret": true} {
		_, err := h.users.Check(t.Context(), auth.Attempt{Name: "maria", Password: given})
		if (err == nil) != want {
			t.Errorf("Check(%q) = %v", given, err)
		}
	}
	for _, entry := range h.logs.All() {
		if text := fmt.Sprint(entry.Message, entry.ContextMap()); strings.Contains(text, "cret") || strings.Contains(text, "guess") {
			t.Errorf("the log has %s", text)
		}
	}
	for key, want := range map[string]int{"password_change ok": 1, "password_change wrong": 2, "password_change forbidden": 1, "password_change malformed": 6} {
		if h.seen[key] != want {
			t.Errorf("%q was counted %d times; want %d", key, h.seen[key], want)
		}
	}
}

// A form is what any page may have a browser send: it does not count, nor does another
// method, nor anything where passwords cannot be changed.
func TestPasswordChangeRefusals(t *testing.T) {
	h := newHouse(t, nil)
	good := fmt.Sprintf(`{"user":"maria","oldPassword":%q,"newPassword":"new sécret"}`, password)
	if rec, _ := h.send(h.Password(), request("POST", "/rest"+PasswordPath, good, "Content-Type", "text/plain")); rec.Code != 400 {
		t.Errorf("text/plain = %d; want 400", rec.Code)
	}
	if rec, _ := h.send(h.Password(), request("GET", "/rest"+PasswordPath, "")); rec.Code != 405 || rec.Header().Get("Allow") != "POST" {
		t.Errorf("GET = %d, Allow %q", rec.Code, rec.Header().Get("Allow"))
	}
	for range 10 {
		h.change(strings.Replace(good, password, "guess", 1))
	}
	if status, _, header := h.change(good); status != 429 || header.Get("Retry-After") == "" {
		t.Errorf("after ten guesses = %d, Retry-After %q; want 429", status, header.Get("Retry-After"))
	}
	closed := newHouse(t, func(o *Options) { o.ChangePassword = nil })
	if status, _, _ := closed.change(good); status != 404 {
		t.Errorf("where passwords cannot be changed = %d; want 404", status)
	}
}
