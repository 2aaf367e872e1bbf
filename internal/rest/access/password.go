package access

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"appserver/internal/auth"
)

// PasswordPath is that of the handler, below where services are mounted.
const PasswordPath = "/api/framework/v1/changepassworduserservice"

var errChange = errors.New("the body must be a JSON object with the strings user, oldPassword and newPassword")

// passwordChange is what a user sends who changes his password.
type passwordChange struct {
	User string `json:"user"`
	Old  string `json:"oldPassword"`
	New  string `json:"newPassword"`
}

// Password returns what has a user change his own password, at PasswordPath: a POST of a JSON
// object with the members user, oldPassword and newPassword. That is all the credentials that
// count; the old password may have expired. It counts as a login, right or wrong.
func (d *Door) Password() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			writeMessage(w, http.StatusMethodNotAllowed, "Allowed: "+http.MethodPost+".")
			return
		}
		if err := d.changePassword(w, r); err != nil {
			refused := d.refuse(schemeChange, err, Rules{})
			d.o.Observe(schemeChange, refused.Result)
			refused.Apply(w.Header())
			writeMessage(w, refused.Status, refused.Detail)
			return
		}
		d.o.Observe(schemeChange, resultOK)
		writeMessage(w, http.StatusOK, "The password was changed.")
	})
}

func (d *Door) changePassword(w http.ResponseWriter, r *http.Request) error {
	if d.o.ChangePassword == nil {
		return errNoChange
	}
	c, err := readChange(w, r)
	if err != nil {
		return err
	}
	d.warnBare(r)
	return d.o.ChangePassword(r.Context(), auth.Attempt{Name: c.User, Password: c.Old, From: From(r), Door: "password"}, c.New)
}

// readChange reads the body of r. Its error holds nothing of it.
func readChange(w http.ResponseWriter, r *http.Request) (c passwordChange, err error) {
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" || r.Body == nil {
		return c, errChange // not what a page of another origin may send without being asked
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	if err != nil || !utf8.Valid(body) || c.User == "" || c.Old == "" || c.New == "" {
		return passwordChange{}, errChange
	}
	return c, nil
}

// writeMessage answers in the shape of services. The text is the message, since clients show
// that to people.
func writeMessage(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, messageBody{status, text, ""})
}
