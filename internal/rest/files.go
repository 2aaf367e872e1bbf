package rest

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// fileOptions say which files are served.
type fileOptions struct {
	Root         string            // absolute folder of the files; it need not exist yet
	DefaultPage  string            // file that answers for a folder; "": index.html
	ContentTypes map[string]string // by extension with its dot, lower case; others have those of fileTypes
}

// fileServer serves the files below a folder, to read only. What lies outside cannot be reached,
// neither by the path of a request nor by a symbolic link. These are never served: what is
// hidden (a name that begins with a dot, but for .well-known, or ends with ~), what is no
// regular file, and the list of a folder.
//
// The folder is opened anew for each request, so that one that is exchanged as a whole, as
// a link to a release, is seen at once.
type fileServer struct {
	root, page string
	types      map[string]string
}

// newFileServer makes the server of the files; it opens nothing.
func newFileServer(o fileOptions) *fileServer {
	page := strings.ReplaceAll(o.DefaultPage, `\`, "/")
	if page == "" {
		page = "index.html"
	}
	return &fileServer{root: o.Root, page: page, types: o.ContentTypes}
}

// Serve answers r, a GET or HEAD, with the file at below, the escaped path under which the
// client asked, without that of the mount: "" or one that begins with "/". It returns
// false, and has written nothing, if there is none, and for other methods.
//
// A folder answers with its default page; without a "/" at the end of the path the client
// is sent there, so that links of the page mean what they should. A path that has no
// extension and no file is one of a page's own routes when a browser goes there: the
// default page of the nearest folder above answers then. Paths whose first part is api,
// rest, restlogix or tlpp are never such routes.
func (f *fileServer) Serve(w http.ResponseWriter, r *http.Request, below string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	name, ok := fileName(below)
	if !ok {
		return false
	}
	root, err := os.OpenRoot(f.root)
	if err != nil {
		return false
	}
	defer root.Close()
	info, err := root.Stat(name)
	switch folder := strings.HasSuffix(r.URL.Path, "/"); {
	case err != nil:
		return f.servePage(w, r, root, name)
	case info.IsDir() && !folder:
		return f.redirect(w, r, root, name)
	case info.IsDir():
		return f.serve(w, r, root, path.Join(name, f.page))
	case folder: // the path of a file with a "/" behind it
		return false
	}
	return f.serve(w, r, root, name)
}

// The bounds of a path.
const (
	maxFilePath  = 4096 // bytes
	maxFileDepth = 64   // parts
)

// fileName returns the name below the root that an escaped path means, "." for the root. It
// is not ok if no file can have it: it is hidden, leaves the root, or has an escaped
// separator, which would make two paths of one.
func fileName(below string) (name string, ok bool) {
	below = strings.TrimSuffix(strings.TrimPrefix(below, "/"), "/")
	if below == "" {
		return ".", true
	}
	if len(below) > maxFilePath || strings.Count(below, "/") >= maxFileDepth {
		return "", false
	}
	parts := strings.Split(below, "/")
	for i, escaped := range parts {
		part, err := url.PathUnescape(escaped)
		if err != nil || !isFilePart(part) && !(i == 0 && part == ".well-known") {
			return "", false
		}
		parts[i] = part
	}
	return strings.Join(parts, "/"), true
}

// isFilePart tells whether part can be one of the parts of a path that is served. A colon
// is for streams of files and drives of Windows.
func isFilePart(part string) bool {
	switch {
	case part == "", part[0] == '.', strings.HasSuffix(part, "~"):
		return false
	case runtime.GOOS == "windows" && shortName.MatchString(part):
		return false // another name of what may be hidden
	}
	return !strings.ContainsFunc(part, func(r rune) bool {
		return r < ' ' || r == 0x7f || r == '/' || r == '\\' || r == ':'
	})
}

// shortName matches names that Windows gives files beside their own.
var shortName = regexp.MustCompile(`~[0-9]`)

// redirect sends the client to the path of a folder. A relative address stays right behind
// a proxy, and cannot lead to another server.
func (f *fileServer) redirect(w http.ResponseWriter, r *http.Request, root *os.Root, name string) bool {
	if !isFile(root, path.Join(name, f.page)) {
		return false
	}
	target := "./" + path.Base(r.URL.EscapedPath()) + "/"
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Location", target)
	w.Header().Set("Cache-Control", "no-store") // the folder may become something else
	w.WriteHeader(http.StatusTemporaryRedirect)
	return true
}

// servePage answers with the default page of the nearest folder above name, if the request
// is that of a browser which goes to a route of that page.
func (f *fileServer) servePage(w http.ResponseWriter, r *http.Request, root *os.Root, name string) bool {
	first, _, _ := strings.Cut(name, "/")
	if path.Ext(name) != "" || slices.Contains([]string{"api", "rest", "restlogix", "tlpp"}, first) || !navigates(r) {
		return false
	}
	for folder := path.Dir(name); ; folder = path.Dir(folder) {
		if page := path.Join(folder, f.page); isFile(root, page) {
			return f.serve(w, r, root, page)
		}
		if folder == "." {
			return false
		}
	}
}

// navigates tells whether r comes from a browser that goes to an address, rather than from
// a script that asks for data.
func navigates(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return (mode == "" || mode == "navigate") && strings.Contains(strings.ToLower(r.Header.Get("Accept")), "text/html")
}

// serve answers with the file name, or with a compressed form that lies beside it.
func (f *fileServer) serve(w http.ResponseWriter, r *http.Request, root *os.Root, name string) bool {
	file, info, err := openFile(root, name)
	if err != nil {
		return false
	}
	defer func() { file.Close() }()
	h := w.Header()
	h.Set("Content-Type", f.contentType(name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", cacheControl(name))
	tag := fmt.Sprintf("%x-%x", info.ModTime().UnixNano(), info.Size())
	if compressible(h.Get("Content-Type")) {
		addVary(h, "Accept-Encoding")
		if coding, other, otherInfo := openCompressed(r, root, name, info); other != nil {
			file.Close()
			file, info = other, otherInfo
			h.Set("Content-Encoding", coding)
			tag += "-" + coding
		}
	}
	h.Set("Etag", `"`+tag+`"`)
	http.ServeContent(w, withoutManyRanges(r), "", info.ModTime(), file)
	return true
}

// compressedEndings are those of files that hold another in a coding.
var compressedEndings = map[string]string{codingBrotli: ".br", codingGzip: ".gz"}

// openCompressed opens the form of a file that the client likes most and that is not older
// than the file; nil if there is none. Parts of a file are those of the file itself.
func openCompressed(r *http.Request, root *os.Root, name string, of fs.FileInfo) (coding string, file *os.File, info fs.FileInfo) {
	if r.Header.Get("Range") != "" {
		return "", nil, nil
	}
	accept := parseAccept(r.Header.Values("Accept-Encoding"))
	left := slices.Clone(offered)
	for {
		coding = accept.best(left)
		if coding == "" {
			return "", nil, nil
		}
		file, info, err := openFile(root, name+compressedEndings[coding])
		if err == nil && !info.ModTime().Before(of.ModTime()) {
			return coding, file, info
		}
		if err == nil {
			file.Close()
		}
		left = slices.DeleteFunc(left, func(c string) bool { return c == coding })
	}
}

// openFile opens a regular file. It looks before it opens: opening a pipe would wait.
func openFile(root *os.Root, name string) (*os.File, fs.FileInfo, error) {
	if !isFile(root, name) {
		return nil, nil, fs.ErrNotExist
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() { // exchanged in between
		err = fs.ErrNotExist
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

func isFile(root *os.Root, name string) bool {
	info, err := root.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// maxRanges is how many parts of a file a request may ask for; with more it gets all.
const maxRanges = 16

func withoutManyRanges(r *http.Request) *http.Request {
	if strings.Count(r.Header.Get("Range"), ",") < maxRanges {
		return r
	}
	r = r.Clone(r.Context())
	r.Header.Del("Range")
	return r
}

// hashed matches the names of files that a build gives a new name when their content
// changes: "main.3f2a9c1b7d.js", "chunk-5YIHPTVE.js". It is the hash that counts, see
// cacheControl.
var hashed = regexp.MustCompile(`[.-]([0-9a-f]{8,64}|[0-9A-Z]{8})\.[0-9A-Za-z]+(\.map)?$`)

// cacheControl returns how long the file may be kept without asking: for ever if its name
// changes with its content, else not at all. A date or a word is no hash: one has digits
// and letters.
func cacheControl(name string) string {
	found := hashed.FindStringSubmatch(path.Base(name))
	if found != nil && strings.ContainsAny(found[1], "0123456789") && strings.ContainsFunc(found[1], isLetter) {
		return "max-age=31536000, immutable"
	}
	return "no-cache"
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// contentType returns the type of a file by its name; that of another system's settings
// does not count.
func (f *fileServer) contentType(name string) string {
	ext := strings.ToLower(path.Ext(name))
	if kind := f.types[ext]; kind != "" {
		return kind
	}
	if kind := fileTypes[ext]; kind != "" {
		return kind
	}
	return "application/octet-stream"
}

// fileTypes are the types of files by extension. Texts are UTF-8.
var fileTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".htm":         "text/html; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".webmanifest": "application/manifest+json",
	".xml":         "application/xml",
	".xsd":         "application/xml",
	".xsl":         "application/xml",
	".txt":         "text/plain; charset=utf-8",
	".md":          "text/markdown; charset=utf-8",
	".csv":         "text/csv; charset=utf-8",
	".yaml":        "application/yaml",
	".yml":         "application/yaml",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".jpg":         "image/jpeg",
	".jpeg":        "image/jpeg",
	".gif":         "image/gif",
	".webp":        "image/webp",
	".avif":        "image/avif",
	".bmp":         "image/bmp",
	".ico":         "image/x-icon",
	".tif":         "image/tiff",
	".tiff":        "image/tiff",
	".woff":        "font/woff",
	".woff2":       "font/woff2",
	".ttf":         "font/ttf",
	".otf":         "font/otf",
	".eot":         "application/vnd.ms-fontobject",
	".wasm":        "application/wasm",
	".pdf":         "application/pdf",
	".zip":         "application/zip",
	".gz":          "application/gzip",
	".mp3":         "audio/mpeg",
	".ogg":         "audio/ogg",
	".wav":         "audio/wav",
	".mp4":         "video/mp4",
	".webm":        "video/webm",
	".doc":         "application/msword",
	".docx":        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xls":         "application/vnd.ms-excel",
	".xlsx":        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".ppt":         "application/vnd.ms-powerpoint",
	".pptx":        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".rtf":         "application/rtf",
	".odt":         "application/vnd.oasis.opendocument.text",
	".ods":         "application/vnd.oasis.opendocument.spreadsheet",
}
