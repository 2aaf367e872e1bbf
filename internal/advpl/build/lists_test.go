package build

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestExpandLists(t *testing.T) {
	write(t, map[string]string{
		"kit/all.lst":       "\uFEFFsrc\\a.prw; src/b.tlpp ;\r\n..\\one.prw\r\nsub\r\n",
		"kit/ABSOLUTE.LST":  filepath.ToSlash(filepath.Join(t.TempDir(), "x.prw")),
		"kit/empty.lst":     " ;\n;",
		"kit/nested.lst":    "all.lst",
		"kit/huge.lst":      strings.Repeat("a.prw;", maxList/6+1),
		"folder.lst/in.prw": "",
	})
	for paths, want := range map[string]string{
		"a.prw src":           "a.prw src",
		"first kit/all.lst z": "first kit/src/a.prw kit/src/b.tlpp one.prw kit/sub z",
		"kit/nested.lst":      "kit/all.lst",
		"folder.lst":          "folder.lst",
	} {
		got, err := ExpandLists(strings.Fields(paths))
		if err != nil || filepath.ToSlash(strings.Join(got, " ")) != want {
			t.Errorf("ExpandLists(%s) = %v, %v; want %s", paths, got, err, want)
		}
	}
	if got, err := ExpandLists([]string{"kit/ABSOLUTE.LST"}); err != nil || len(got) != 1 || !filepath.IsAbs(got[0]) {
		t.Errorf("an absolute path in a list is %v, %v", got, err)
	}
	for path, want := range map[string]string{
		"none.lst": "none.lst", "kit/empty.lst": "kit/empty.lst: names no source", "kit/huge.lst": "at most 4 MiB",
	} {
		if got, err := ExpandLists([]string{path}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ExpandLists(%s) = %v, %v; want an error with %q", path, got, err, want)
		}
	}
}
