package lib

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"appserver/internal/advpl/vm"
)

// settingsHost is a server whose settings programs may change.
func settingsHost(settings map[string]string) *Surroundings {
	return &Surroundings{INI: "appserver.ini", SetSetting: func(section, key string, value *string) error {
		switch _, ok := settings[section+"."+key]; {
		case key == "Guarded":
			return fmt.Errorf("guarded: %w", fs.ErrPermission)
		case value == nil && !ok:
			return fs.ErrNotExist
		case value == nil:
			delete(settings, section+"."+key)
		default:
			settings[section+"."+key] = *value
		}
		return nil
	}}
}

func TestServerSettingsOfPrograms(t *testing.T) {
	settings := map[string]string{"A.old": "1"}
	host := settingsHost(settings)
	for _, test := range []struct{ body, want string }{
		{`Return WritePProString("A", "k", "a" + Chr(231), "c:\x\APPSERVER.INI")`, ".T."},
		{`Return WritePProString(" A ", " k2", "v", "appserver.ini")`, ".T."},
		{`Return {WritePProString("A", "Guarded", "v", "appserver.ini"), FError() > 0}`, "{.F.,.T.}"},
		{`Return WritePProString("A", "k3", "a" + Chr(10) + "[B]", "appserver.ini")`, ".F."},
		{`Return WritePProString("A]", "k3", "a", "appserver.ini")`, ".F."},
		{`Return DeleteKeyINI("A", "old", "appserver.ini")`, ".T."},
		{`Return DeleteKeyINI("A", "old", "appserver.ini")`, ".F."},
		{`Return DeleteKeyINI("A", "Guarded", "appserver.ini")`, ".F."},
		{`Return DeleteSectionINI("A", "appserver.ini")`, ".F."},
	} {
		if got, err := run(t, vm.Options{Data: host}, test.body); got != test.want || err != nil {
			t.Errorf("%s = %s, %v; want %s", test.body, got, err, test.want)
		}
	}
	if got, want := fmt.Sprint(settings), "map[A.k:aç A.k2:v]"; got != want {
		t.Errorf("settings = %s; want %s", got, want)
	}
}

// Where the server does not say that programs may, they cannot.
func TestServerSettingsAreClosed(t *testing.T) {
	for _, body := range []string{
		`Return WritePProString("A", "k", "v", "appserver.ini")`, `Return DeleteKeyINI("A", "k", "appserver.ini")`,
	} {
		if got, err := run(t, vm.Options{Data: &Surroundings{INI: "appserver.ini"}}, body); got != ".F." || err != nil {
			t.Errorf("%s = %s, %v; want .F.", body, got, err)
		}
	}
	if !errors.Is(errSettings, fs.ErrPermission) {
		t.Error("the refusal is no fs.ErrPermission, so that FError tells nothing")
	}
}
