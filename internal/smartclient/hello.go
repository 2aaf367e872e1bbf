package smartclient

import (
	"fmt"
	"slices"
	"time"
)

const (
	maxVersion  = 65535
	maxFeatures = 64
	maxFeature  = 32

	leastIdle    = time.Second
	greatestIdle = 24 * time.Hour
)

// hello is what a client says of itself (section 4).
type hello struct {
	min, max int
	features []string
	client   Info
	maxFrame int
}

type helloBody struct {
	Protocol rangeBody `json:"protocol"`
	Features []string  `json:"features"`
	Client   infoBody  `json:"client"`
	MaxFrame int       `json:"maxFrame"`
}

type infoBody struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

func (h *hello) frame() Frame {
	return Frame{TypeHello, encode(helloBody{
		Protocol: rangeBody{h.min, h.max},
		Features: present(h.features),
		Client:   h.client.body(),
		MaxFrame: h.maxFrame,
	})}
}

func parseHello(body []byte) (*hello, error) {
	o, err := parseObject(TypeHello.String(), body)
	if err != nil {
		return nil, err
	}
	h := &hello{
		features: o.features(),
		client:   o.info("client"),
		maxFrame: o.number("maxFrame", LeastMaxFrame, GreatestMaxFrame, DefaultMaxFrame),
	}
	if p := o.object("protocol", true); p != nil {
		h.min, h.max = p.versions()
		o.adopt(p)
	}
	if o.err != nil {
		return nil, o.err
	}
	return h, nil
}

// choose returns the protocol version that this package uses with a client
// that said h, or an *Error with CodeUnsupportedVersion.
func (h *hello) choose() (int, error) {
	if h.max < MinProtocol || h.min > MaxProtocol {
		return 0, &Error{
			Code: CodeUnsupportedVersion,
			Message: fmt.Sprintf("the client offers protocol version %s, this server speaks %s",
				span(h.min, h.max), span(MinProtocol, MaxProtocol)),
			MinProtocol: MinProtocol,
			MaxProtocol: MaxProtocol,
		}
	}
	return min(h.max, MaxProtocol), nil
}

// helloOK is a server's answer to a hello (section 4).
type helloOK struct {
	protocol int
	features []string
	server   Info
	maxFrame int
	idle     time.Duration
}

type helloOKBody struct {
	Protocol      int      `json:"protocol"`
	Features      []string `json:"features"`
	Server        infoBody `json:"server"`
	MaxFrame      int      `json:"maxFrame"`
	IdleTimeoutMs int64    `json:"idleTimeoutMs"`
}

func (h *helloOK) frame() Frame {
	return Frame{TypeHelloOK, encode(helloOKBody{
		Protocol:      h.protocol,
		Features:      present(h.features),
		Server:        h.server.body(),
		MaxFrame:      h.maxFrame,
		IdleTimeoutMs: h.idle.Milliseconds(),
	})}
}

func parseHelloOK(body []byte) (*helloOK, error) {
	o, err := parseObject(TypeHelloOK.String(), body)
	if err != nil {
		return nil, err
	}
	idle := o.number("idleTimeoutMs", int(leastIdle.Milliseconds()), int(greatestIdle.Milliseconds()), 0)
	h := &helloOK{
		protocol: o.number("protocol", 1, maxVersion, 0),
		features: o.features(),
		server:   o.info("server"),
		maxFrame: o.number("maxFrame", LeastMaxFrame, GreatestMaxFrame, DefaultMaxFrame),
		idle:     time.Duration(idle) * time.Millisecond,
	}
	if o.err != nil {
		return nil, o.err
	}
	return h, nil
}

// common returns those of the offered features that are known here, each once.
func common(offered, known []string) []string {
	var both []string
	for _, f := range known {
		if slices.Contains(offered, f) && !slices.Contains(both, f) {
			both = append(both, f)
		}
	}
	return both
}

// versions returns the members "min" and "max" of a range of protocol versions.
func (o *object) versions() (lo, hi int) {
	lo = o.number("min", 1, maxVersion, 0)
	hi = o.number("max", 1, maxVersion, 0)
	if o.err == nil && lo > hi {
		o.fail("min is %d, more than max, %d", lo, hi)
	}
	return lo, hi
}

// features returns the member "features".
func (o *object) features() []string {
	var list []string
	if !o.take("features", false, &list, "a list of names") {
		return nil
	}
	if len(list) > maxFeatures {
		o.fail("%d features; at most %d are taken", len(list), maxFeatures)
	}
	for _, name := range list {
		if !validFeature(name) {
			o.fail("feature %q: a name is 1 to %d characters of a-z, 0-9 and -", printable(name, maxName), maxFeature)
		}
	}
	return list
}

func validFeature(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return len(name) >= 1 && len(name) <= maxFeature
}

// info returns the member name, which may be absent.
func (o *object) info(name string) Info {
	in := o.object(name, false)
	if in == nil {
		return Info{}
	}
	i := Info{Name: in.text("name", false, maxName), Version: in.text("version", false, maxName)}
	o.adopt(in)
	return i
}

func (i Info) body() infoBody {
	return infoBody{printable(i.Name, maxName), printable(i.Version, maxName)}
}

// present returns list, as a JSON list even if nil.
func present(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// span writes a range of versions as a person would.
func span(lo, hi int) string {
	if lo == hi {
		return fmt.Sprint(lo)
	}
	return fmt.Sprintf("%d to %d", lo, hi)
}
