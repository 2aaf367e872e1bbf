package openapi

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"
)

//go:embed assets
var files embed.FS

var (
	style  = newAsset(read("page.css"), "text/css; charset=utf-8")
	script = newAsset(read("page.js"), "text/javascript; charset=utf-8")
)

// read returns an embedded file.
func read(name string) []byte {
	content, err := files.ReadFile("assets/" + name)
	if err != nil { // embedded: it is there or the program was not built
		panic(err)
	}
	return content
}

// asset is content that is known by its digest.
type asset struct {
	content        []byte
	media, version string
}

func newAsset(content []byte, media string) asset {
	sum := sha256.Sum256(content)
	return asset{content, media, hex.EncodeToString(sum[:16])}
}

// ServeHTTP answers with the content, or that the client has it already.
func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cache := "no-cache"
	if r.URL.RawQuery == "v="+a.version {
		cache = "private, max-age=31536000, immutable"
	}
	h := w.Header()
	h.Set("Content-Type", a.media)
	h.Set("Cache-Control", cache)
	h.Set("ETag", fmt.Sprintf("%q", a.version))
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}
