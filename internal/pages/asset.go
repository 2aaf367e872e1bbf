package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"
)

// Scope says who may keep an asset besides the browser that asked for it.
type Scope string

// The scopes.
const (
	Public  Scope = "public"  // everybody: it is the same for all
	Private Scope = "private" // nobody: it is for those who may see it
)

// Asset is content that is known by its digest, such as a style sheet. It may be used by
// several goroutines at a time.
type Asset struct {
	content []byte
	media   string
	scope   Scope
	digest  string
}

// NewAsset returns the asset with the content, which it keeps, and its media type.
func NewAsset(content []byte, media string, scope Scope) *Asset {
	sum := sha256.Sum256(content)
	return &Asset{content, media, scope, hex.EncodeToString(sum[:16])}
}

// StyleSheet returns the style of the layout, followed by the page's own.
func StyleSheet(own []byte, scope Scope) *Asset {
	layout, err := assets.ReadFile("assets/style.css")
	if err != nil { // embedded: it is there or the program was not built
		panic(err)
	}
	return NewAsset(bytes.Join([][]byte{layout, own}, []byte("\n")), "text/css; charset=utf-8", scope)
}

// URL returns the path with a query that names the content, so that browsers ask again when it is another.
func (a *Asset) URL(path string) string { return path + "?v=" + a.digest }

// ServeHTTP answers with the content, or that the client has it already. Who asked for this
// very content, as URL names it, may keep it for ever.
func (a *Asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cache := "no-cache"
	if r.URL.RawQuery == "v="+a.digest {
		cache = string(a.scope) + ", max-age=31536000, immutable"
	}
	h := w.Header()
	h.Set("Content-Type", a.media)
	h.Set("Cache-Control", cache)
	h.Set("ETag", fmt.Sprintf("%q", a.digest))
	h.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}
