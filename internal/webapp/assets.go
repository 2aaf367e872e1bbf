package webapp

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"time"
)

//go:embed assets pages
var files embed.FS

// asset is a file of the pages, known by its content.
type asset struct {
	content []byte
	media   string
	version string // a digest of content; also the query of its URL
}

func newAsset(name string) asset {
	content, err := files.ReadFile("assets/" + name)
	if err != nil { // embedded: it is there or the program was not built
		panic(err)
	}
	media := map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}[path.Ext(name)]
	return asset{content, media, digest(content)[:16]}
}

// ServeHTTP lets browsers keep the asset for ever if they asked for this very
// version, as the pages do.
func (a asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cache := "no-cache"
	if r.URL.RawQuery == "v="+a.version {
		cache = "public, max-age=31536000, immutable"
	}
	w.Header().Set("Content-Type", a.media)
	serveBytes(w, r, cache, a.content)
}

// serveBytes answers with content, or that the client has it already.
func serveBytes(w http.ResponseWriter, r *http.Request, cache string, content []byte) {
	w.Header().Set("Cache-Control", cache)
	w.Header().Set("ETag", fmt.Sprintf("%q", digest(content)[:32]))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
