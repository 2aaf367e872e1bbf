package rest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// site makes a folder of files, with one outside of it, and its server.
func site(t *testing.T) (*fileServer, string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"secret.txt":                           "secret",
		"site/index.html":                      "the page",
		"site/main.3f2a9c1b7d.js":              "main",
		"site/chunk-5YIHPTVE.js":               "chunk",
		"site/report-20240101.txt":             "report",
		"site/digits.txt":                      "0123456789",
		"site/é b.txt":                         "name",
		"site/data.AGO":                        "custom",
		"site/odd.xyz":                         "odd",
		"site/.env":                            "secret",
		"site/.git/config":                     "secret",
		"site/index.html~":                     "secret",
		"site/.well-known/assetlinks.json":     "[]",
		"site/sub/index.html":                  "sub page",
		"site/sub/empty/x.txt":                 "x",
		"site/api/index.html":                  "api page",
		"site/sub/.well-known/secret":          "secret",
		"site/packed.js":                       strings.Repeat("packed ", 500),
		"site/packed.js.br":                    "brotli",
		"site/packed.js.gz":                    "gzip",
		"site/old.js":                          "old",
		"site/old.js.gz":                       "older",
		"site/sub/empty/deep/main-ABCDEFGH.js": "word",
	} {
		write(name, text)
	}
	past := time.Now().Add(-time.Hour)
	for _, name := range []string{"site/old.js.gz", "site/packed.js"} {
		if err := os.Chtimes(filepath.Join(dir, name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	return newFileServer(fileOptions{Root: filepath.Join(dir, "site"), ContentTypes: map[string]string{".ago": "text/x-ago"}}), dir
}

// get asks f, which is mounted at /app, and returns the answer; its status is 0 if there is
// none.
func get(f *fileServer, method, path string, header ...string) *http.Response {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	served := f.Serve(w, r, strings.TrimPrefix(r.URL.EscapedPath(), "/app"))
	resp := w.Result()
	if !served {
		resp.StatusCode = 0
	}
	return resp
}

func text(t *testing.T, resp *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFiles(t *testing.T) {
	f, _ := site(t)
	for _, c := range []struct{ path, want, kind, cache string }{
		{"/app/", "the page", "text/html; charset=utf-8", "no-cache"},
		{"/app/index.html", "the page", "text/html; charset=utf-8", "no-cache"},
		{"/app/index.html?v=1", "the page", "text/html; charset=utf-8", "no-cache"},
		{"/app/main.3f2a9c1b7d.js", "main", "text/javascript; charset=utf-8", "max-age=31536000, immutable"},
		{"/app/chunk-5YIHPTVE.js", "chunk", "text/javascript; charset=utf-8", "max-age=31536000, immutable"},
		{"/app/sub/empty/deep/main-ABCDEFGH.js", "word", "text/javascript; charset=utf-8", "no-cache"},
		{"/app/report-20240101.txt", "report", "text/plain; charset=utf-8", "no-cache"},
		{"/app/%C3%A9%20b.txt", "name", "text/plain; charset=utf-8", "no-cache"},
		{"/app/data.AGO", "custom", "text/x-ago", "no-cache"},
		{"/app/odd.xyz", "odd", "application/octet-stream", "no-cache"},
		{"/app/.well-known/assetlinks.json", "[]", "application/json", "no-cache"},
		{"/app/sub/", "sub page", "text/html; charset=utf-8", "no-cache"},
		{"/app/api/", "api page", "text/html; charset=utf-8", "no-cache"},
	} {
		resp := get(f, "GET", c.path)
		if body := text(t, resp); resp.StatusCode != 200 || body != c.want {
			t.Errorf("%s: %d %q; want %q", c.path, resp.StatusCode, body, c.want)
		}
		h := resp.Header
		if h.Get("Content-Type") != c.kind || h.Get("Cache-Control") != c.cache || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("ETag") == "" || h.Get("Last-Modified") == "" {
			t.Errorf("%s: header %v; want %s, %s", c.path, h, c.kind, c.cache)
		}
	}
}

func TestFilesNotServed(t *testing.T) {
	f, dir := site(t)
	if err := os.Symlink("../secret.txt", filepath.Join(dir, "site", "out.txt")); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	_ = os.Symlink(dir, filepath.Join(dir, "site", "outside"))
	for _, path := range []string{
		"/app/nothing.txt", "/app/sub/empty/", "/app/sub/empty",
		"/app/../secret.txt", "/app/..%2fsecret.txt", "/app/%2e%2e/secret.txt", "/app/%2e%2e%2fsecret.txt",
		"/app/sub/../../secret.txt", "/app/sub%2findex.html", "/app/sub%5cindex.html", `/app/sub\index.html`, "/app/..%5csecret.txt",
		"/app//secret.txt", "/app//index.html", "/app/sub//index.html", "/app/./index.html", "/app/%2e/index.html",
		"/app/index.html/", "/app/index.html%00", "/app/index.html%0a", "/app/index.html::$DATA", "/app/C:/x",
		"/app/.env", "/app/%2eenv", "/app/.git/config", "/app/index.html~", "/app/sub/.well-known/secret", "/app/.",
		"/app/out.txt", "/app/outside/secret.txt", "/app/outside/",
		"/app/" + strings.Repeat("a", 5000), "/app/" + strings.Repeat("a/", 70), "/app/%C0%AE%C0%AE/secret.txt",
	} {
		if resp := get(f, "GET", path, "Accept", "application/json"); resp.StatusCode != 0 {
			t.Errorf("%.80s: %d %q; want nothing", path, resp.StatusCode, text(t, resp))
		}
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		if resp := get(f, method, "/app/index.html"); resp.StatusCode != 0 {
			t.Errorf("%s: %d; want nothing", method, resp.StatusCode)
		}
	}
	f = newFileServer(fileOptions{Root: filepath.Join(dir, "missing")})
	if resp := get(f, "GET", "/app/index.html"); resp.StatusCode != 0 {
		t.Errorf("without a folder: %d; want nothing", resp.StatusCode)
	}
}

func TestFilesInsideLink(t *testing.T) {
	f, dir := site(t)
	if err := os.Symlink("digits.txt", filepath.Join(dir, "site", "link.txt")); err != nil {
		t.Skip(err)
	}
	if resp := get(f, "GET", "/app/link.txt"); text(t, resp) != "0123456789" {
		t.Errorf("a link inside: %d; want the file", resp.StatusCode)
	}
}

func TestFilesRedirect(t *testing.T) {
	f, _ := site(t)
	for path, want := range map[string]string{"/app": "./app/", "/app/sub": "./sub/", "/app/sub?a=b": "./sub/?a=b", "/app/s%75b": "./s%75b/"} {
		if resp := get(f, "GET", path); resp.StatusCode != http.StatusTemporaryRedirect || resp.Header.Get("Location") != want {
			t.Errorf("%s: %d to %q; want 307 to %q", path, resp.StatusCode, resp.Header.Get("Location"), want)
		}
	}
}

func TestFilesPageRoutes(t *testing.T) {
	f, _ := site(t)
	page := []string{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}
	for path, want := range map[string]string{
		"/app/orders": "the page", "/app/orders/7": "the page", "/app/sub/orders/7": "sub page", "/app/sub/empty/new": "sub page",
		"/app/missing.js": "", "/app/api/orders": "", "/app/rest/x": "", "/app/tlpp/x": "", "/app/.env/x": "", "/app/..%2fx": "",
	} {
		if resp := get(f, "GET", path, page...); text(t, resp) != want {
			t.Errorf("%s: %d; want %q", path, resp.StatusCode, want)
		}
	}
	for _, header := range [][]string{
		{"Accept", "application/json"}, {"Accept", "*/*"}, {},
		{"Accept", "text/html", "Sec-Fetch-Mode", "cors"},
	} {
		if resp := get(f, "GET", "/app/orders", header...); resp.StatusCode != 0 {
			t.Errorf("with %v: %d; want nothing", header, resp.StatusCode)
		}
	}
	if resp := get(f, "GET", "/app/orders", "Accept", "text/html", "Sec-Fetch-Mode", "navigate"); resp.StatusCode != 200 {
		t.Errorf("navigation: %d; want 200", resp.StatusCode)
	}
}

func TestFilesConditional(t *testing.T) {
	f, _ := site(t)
	first := get(f, "GET", "/app/digits.txt")
	tag, at := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
	for _, c := range []struct {
		name   string
		header []string
		status int
		body   string
	}{
		{"same tag", []string{"If-None-Match", tag}, 304, ""},
		{"weak tag", []string{"If-None-Match", "W/" + tag}, 304, ""},
		{"other tag", []string{"If-None-Match", `"x"`}, 200, "0123456789"},
		{"not since", []string{"If-Modified-Since", at}, 304, ""},
		{"range", []string{"Range", "bytes=2-4"}, 206, "234"},
		{"last", []string{"Range", "bytes=-2"}, 206, "89"},
		{"range of the same", []string{"Range", "bytes=0-1", "If-Range", tag}, 206, "01"},
		{"range of another", []string{"Range", "bytes=0-1", "If-Range", `"x"`}, 200, "0123456789"},
		{"outside", []string{"Range", "bytes=20-30"}, 416, "invalid range: failed to overlap\n"},
		{"many ranges", []string{"Range", "bytes=0-0" + strings.Repeat(",1-1", 20)}, 200, "0123456789"},
	} {
		resp := get(f, "GET", "/app/digits.txt", c.header...)
		if body := text(t, resp); resp.StatusCode != c.status || body != c.body {
			t.Errorf("%s: %d %q; want %d %q", c.name, resp.StatusCode, body, c.status, c.body)
		}
	}
	resp := get(f, "HEAD", "/app/digits.txt")
	if body := text(t, resp); body != "" || resp.Header.Get("Content-Length") != "10" {
		t.Errorf("HEAD: %q, %v; want no body and its length", body, resp.Header)
	}
}

func TestFilesCompressed(t *testing.T) {
	f, _ := site(t)
	for _, c := range []struct{ path, accept, rng, coding, want string }{
		{"/app/packed.js", "gzip, br", "", "br", "brotli"},
		{"/app/packed.js", "gzip", "", "gzip", "gzip"},
		{"/app/packed.js", "br;q=0.1, gzip", "", "gzip", "gzip"},
		{"/app/packed.js", "", "", "", strings.Repeat("packed ", 500)},
		{"/app/packed.js", "gzip", "bytes=0-5", "", "packed"},
		{"/app/old.js", "gzip", "", "", "old"},
	} {
		resp := get(f, "GET", c.path, "Accept-Encoding", c.accept, "Range", c.rng)
		body := text(t, resp)
		if got := resp.Header.Get("Content-Encoding"); got != c.coding || body != c.want || resp.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s with %q: %q, %d bytes, %v; want %q", c.path, c.accept, got, len(body), resp.Header, c.coding)
		}
		if resp.Header.Get("Content-Type") != "text/javascript; charset=utf-8" {
			t.Errorf("%s: %s; want that of the file", c.path, resp.Header.Get("Content-Type"))
		}
	}
	plain, packed := get(f, "GET", "/app/packed.js"), get(f, "GET", "/app/packed.js", "Accept-Encoding", "br")
	if plain.Header.Get("ETag") == packed.Header.Get("ETag") {
		t.Error("two forms of a file have the same ETag")
	}
}

// The whole way: Compress around Files leaves what is compressed already, and ranges.
func TestFilesBehindCompress(t *testing.T) {
	f, _ := site(t)
	h := withCompression(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.Serve(w, r, strings.TrimPrefix(r.URL.EscapedPath(), "/app"))
	}))
	ask := func(header ...string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/app/packed.js", nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		h.ServeHTTP(w, r)
		return w
	}
	if w := ask("Accept-Encoding", "br"); w.Body.String() != "brotli" {
		t.Errorf("%v %q; want the file beside", w.Header(), w.Body)
	}
	if w := ask("Accept-Encoding", "br", "Range", "bytes=0-5"); w.Code != 206 || w.Body.String() != "packed" {
		t.Errorf("%d %v %q; want the part", w.Code, w.Header(), w.Body)
	}
}

func TestFilesDefaultPage(t *testing.T) {
	_, dir := site(t)
	for page, want := range map[string]string{"digits.txt": "0123456789", `sub\index.html`: "sub page", "../secret.txt": "", "missing.html": ""} {
		f := newFileServer(fileOptions{Root: filepath.Join(dir, "site"), DefaultPage: page})
		if resp := get(f, "GET", "/app/"); text(t, resp) != want {
			t.Errorf("default page %s: %d; want %q", page, resp.StatusCode, want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	for _, below := range []string{"", "/", "/a/b.js", "/%2e%2e/x", "/a%2fb", "/.well-known/x", "/a//b", "/%zz"} {
		f.Add(below)
	}
	f.Fuzz(func(t *testing.T, below string) {
		name, ok := fileName(below)
		if !ok {
			return
		}
		if name != "." && !filepath.IsLocal(name) || strings.ContainsAny(name, "\x00\\:") {
			t.Errorf("fileName(%q) = %q", below, name)
		}
		for i, part := range strings.Split(name, "/") {
			if name != "." && part[0] == '.' && (i > 0 || part != ".well-known") {
				t.Errorf("fileName(%q) = %q, which is hidden", below, name)
			}
		}
	})
}
