package openapi

import (
	"embed"

	"appserver/internal/pages"
)

//go:embed assets
var files embed.FS

var (
	style  = pages.StyleSheet(read("page.css"), pages.Private)
	script = pages.NewAsset(read("page.js"), "text/javascript; charset=utf-8", pages.Private)
)

// read returns an embedded file.
func read(name string) []byte {
	content, err := files.ReadFile("assets/" + name)
	if err != nil { // embedded: it is there or the program was not built
		panic(err)
	}
	return content
}

// newJSON returns what answers with the content.
func newJSON(content []byte) *pages.Asset {
	return pages.NewAsset(content, "application/json", pages.Private)
}
