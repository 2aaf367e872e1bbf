package deploy

import (
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	got := string(Config("/var/lib/x"))
	for _, want := range []string{"\n[General]\n", "\nDataPath=/var/lib/x\n", "\nRootPath=/var/lib/x/root\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("Config(/var/lib/x) has no %q:\n%s", want, got)
		}
	}
}
