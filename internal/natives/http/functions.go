package http

import (
	"net/http"
	"strconv"
	"time"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

var httpFuncs = table{
	"HTTPGET":       httpGet,
	"HTTPPOST":      httpPost,
	"HTTPQUOTE":     httpQuote,
	"HTTPCGET":      httpCGet,
	"HTTPCPOST":     httpCPost,
	"HTTPSGET":      httpsGet,
	"HTTPSPOST":     httpsPost,
	"HTTPSQUOTE":    httpsQuote,
	"HTTPGETSTATUS": httpGetStatus,
	"HTTPSETPASS":   httpSetPass,
	"HTTPSSLCLIENT": httpSSLClient,
	"SETPROXY":      setProxy,
	"SETNOPROXYFOR": setNoProxyFor,
}

// layout says where a function has its arguments, of which the address is the first; 0: it
// has no such argument.
type layout struct {
	name, method                        string
	methodAt, get, post, timeout, lines int
	header, follow, pair, verify        int
}

// call makes the request of a function and returns the body of the answer, or NIL.
func (l *layout) call(t *vm.Thread, a vm.Args) (vm.Value, error) {
	st := stateOf(t)
	q, err := l.request(t, st, a)
	if err == nil {
		var got *answer
		if got, err = st.do(t, q); err == nil {
			st.answered(got)
			a.Set(l.header, vm.Str(got.header))
			return vm.Str(got.body), nil
		}
	}
	if _, ok := st.failed(err); !ok {
		return vm.Value{}, err
	}
	a.Set(l.header, vm.Str(""))
	return vm.Value{}, nil
}

// request reads the arguments.
func (l *layout) request(t *vm.Thread, st *state, a vm.Args) (*request, error) {
	q := &request{method: l.method, secure: l.pair > 0, pair: st.pair}
	var err error
	if q.address, err = lib.ArgText(l.name, a, 0); err != nil {
		return nil, err
	}
	for _, text := range []struct {
		at int
		to *string
	}{{l.methodAt, &q.method}, {l.get, &q.params}, {l.post, &q.body}} {
		if text.at > 0 {
			if *text.to, err = lib.OptText(l.name, a, text.at, *text.to); err != nil {
				return nil, err
			}
		}
	}
	if q.timeout, err = argSeconds(l.name, a, l.timeout); err != nil {
		return nil, err
	}
	if q.header, err = headerLines(l.name, a, l.lines); err != nil {
		return nil, err
	}
	if err := l.choices(a, q); err != nil {
		return nil, err
	}
	return q, l.argPair(t, st, a, q)
}

// choices reads the arguments that are logicals.
func (l *layout) choices(a vm.Args, q *request) error {
	if l.follow > 0 {
		follow, err := lib.OptBool(l.name, a, l.follow, true)
		if err != nil {
			return err
		}
		q.stay = !follow
	}
	if l.verify > 0 {
		verify, err := lib.OptBool(l.name, a, l.verify, true)
		if err != nil {
			return err
		}
		q.unverified = !verify
	}
	return nil
}

// argPair reads the three arguments that name a certificate, its key and the pass phrase.
func (l *layout) argPair(t *vm.Thread, st *state, a vm.Args, q *request) error {
	if l.pair == 0 {
		return nil
	}
	var texts [3]string
	for i := range texts {
		var err error
		if texts[i], err = lib.OptText(l.name, a, l.pair+i, ""); err != nil {
			return err
		}
	}
	named, err := st.readPair(t, texts[0], texts[1], texts[2])
	if named != nil {
		q.pair = named
	}
	return err
}

// argSeconds reads a time in seconds; 0 for NIL and for what is not positive.
func argSeconds(fn string, a vm.Args, i int) (time.Duration, error) {
	if a.Get(i).IsNil() {
		return 0, nil
	}
	n, err := lib.ArgNum(fn, a, i)
	if err != nil {
		return 0, err
	}
	return seconds(n), nil
}

func seconds(n float64) time.Duration {
	if !(n > 0) {
		return 0
	}
	return time.Duration(min(n, maxTimeout.Seconds()) * float64(time.Second))
}

// HttpGet(cUrl[, cGetParms[, nTimeOut[, aHeadStr[, @cHeader[, lFollow = .T.]]]]]) → the body of what
// the server answers, whatever its status, as it was sent; NIL if there was no answer: HttpGetStatus
// tells why. The address begins with http:// or https://; cGetParms is added to its query, blanks and
// characters beyond ASCII are escaped byte by byte. nTimeOut are seconds for all of the request; NIL
// or 0 is the time of [HTTPClient] Timeout. aHeadStr has lines as "Name: value". cHeader is set to the
// status line and the header of the answer. With lFollow redirects are followed, ten at most, but none
// from https to http; other servers do not get what aHeadStr says, but for Accept, Content-Type and
// User-Agent. gzip is unpacked, unless aHeadStr has Accept-Encoding. Source: TDN; what is said of
// redirects, and that the time is for the whole request, is decided here.
func httpGet(t *vm.Thread, a vm.Args) (vm.Value, error) {
	l := layout{name: "HTTPGET", method: http.MethodGet, get: 1, timeout: 2, lines: 3, header: 4, follow: 5}
	return l.call(t, a)
}

// HttpPost(cUrl[, cGetParms[, cPostParms[, nTimeOut[, aHeadStr[, @cHeader]]]]]) → as HttpGet, but sends
// cPostParms, as it is, in a POST. Without a line Content-Type in aHeadStr that is
// application/x-www-form-urlencoded. A redirect is followed only if it keeps the method (307, 308):
// others are the answer. Source: TDN; what is said of redirects and of Content-Type is decided here.
func httpPost(t *vm.Thread, a vm.Args) (vm.Value, error) {
	l := layout{name: "HTTPPOST", method: http.MethodPost, get: 1, post: 2, timeout: 3, lines: 4, header: 5}
	return l.call(t, a)
}

// HttpQuote(cUrl[, cMethod = "GET"[, cGetParms[, cPostParms[, nTimeOut[, aHeadStr[, @cHeader]]]]]]) → as
// HttpPost, with any method but CONNECT, such as PUT, PATCH or DELETE. Source: TDN.
func httpQuote(t *vm.Thread, a vm.Args) (vm.Value, error) {
	l := layout{name: "HTTPQUOTE", method: http.MethodGet, methodAt: 1, get: 2, post: 3, timeout: 4, lines: 5, header: 6}
	return l.call(t, a)
}

// HttpCGet(cUrl[, cGetParms[, nTimeOut[, aHeadStr[, @cHeader]]]]) → as HttpGet. In the original product
// the user's station makes the request; here the server does. Source: TDN; that it is the server is
// decided here.
func httpCGet(t *vm.Thread, a vm.Args) (vm.Value, error) {
	l := layout{name: "HTTPCGET", method: http.MethodGet, get: 1, timeout: 2, lines: 3, header: 4}
	return l.call(t, a)
}

// HttpCPost(cUrl[, cPostParms[, nTimeOut[, aHeadStr[, @cHeader]]]]) → as HttpPost. In the original product
// the user's station makes the request; here the server does. Source: public programs; that it is the
// server is decided here.
func httpCPost(t *vm.Thread, a vm.Args) (vm.Value, error) {
	l := layout{name: "HTTPCPOST", method: http.MethodPost, post: 1, timeout: 2, lines: 3, header: 4}
	return l.call(t, a)
}

// HTTPSGet(cUrl[, cCert[, cKey[, cPassword[, cGetParms[, nTimeOut[, aHeadStr[, @cHeader[, lClient[,
// lVerify = .T.]]]]]]]]]) → as HttpGet, for addresses with https:// only. cCert and cKey name the files,
// below the root path, of a certificate and its key that the server may ask for, in PEM or PKCS#12; ""
// is the certificate of HTTPSSLClient, else that of [SSLConfigure] CertificateClient. With lVerify .F.
// any certificate of the server is taken, which the log warns of: somebody in between could then read
// and change everything. lClient is not used: the server makes the request. Source: TDN; lVerify is
// decided here.
func httpsGet(t *vm.Thread, a vm.Args) (vm.Value, error) {
	l := layout{name: "HTTPSGET", method: http.MethodGet, pair: 1, get: 4, timeout: 5, lines: 6, header: 7, verify: 9}
	return l.call(t, a)
}

// HTTPSPost(cUrl[, cCert[, cKey[, cPassword[, cGetParms[, cPostParms[, nTimeOut[, aHeadStr[, @cHeader[,
// lClient[, lVerify = .T.]]]]]]]]]]) → as HTTPSGet, but sends cPostParms as HttpPost does. Source: TDN;
// lVerify is decided here.
func httpsPost(t *vm.Thread, a vm.Args) (vm.Value, error) {
	l := layout{name: "HTTPSPOST", method: http.MethodPost, pair: 1, get: 4, post: 5, timeout: 6, lines: 7, header: 8, verify: 10}
	return l.call(t, a)
}

// HTTPSQuote(cUrl[, cCert[, cKey[, cPassword[, cMethod = "GET"[, cGetParms[, cPostParms[, nTimeOut[,
// aHeadStr[, @cHeader[, lClient[, lVerify = .T.]]]]]]]]]]]) → as HTTPSPost, with any method but CONNECT.
// Source: TDN; lVerify is decided here.
func httpsQuote(t *vm.Thread, a vm.Args) (vm.Value, error) {
	l := layout{name: "HTTPSQUOTE", method: http.MethodGet, pair: 1, methodAt: 4, get: 5, post: 6, timeout: 7, lines: 8, header: 9, verify: 11}
	return l.call(t, a)
}

// HttpGetStatus([@cError[, lClient]]) → the status of the last answer that a function or an FWRest of
// this thread got, such as 200; 0 if there was none, or no request. cError is set to the status line
// of an answer from 400 on, such as "404 Not Found", to the reason if there was no answer, else to "".
// Source: TDN, public programs; that it is 0 without an answer is decided here.
func httpGetStatus(t *vm.Thread, a vm.Args) (vm.Value, error) {
	st := stateOf(t)
	a.Set(0, vm.Str(st.fault))
	return vm.Int(st.status), nil
}

// maxSetting is the longest text that programs may set for later requests, in bytes.
const maxSetting = 4096

// argSetting returns argument i, "" if it is NIL.
func argSetting(fn string, a vm.Args, i int) (string, error) {
	s, err := lib.OptText(fn, a, i, "")
	if err == nil && len(s) > maxSetting {
		return "", vm.ArgError(fn, a, i, "a string of at most 4,096 bytes")
	}
	return s, err
}

// HttpSetPass([cUser[, cPassword[, lClient]]]) → NIL. The later requests of this thread, to any server,
// have the name and the password (Basic), unless their aHeadStr has Authorization; with no cUser none
// has. Source: TDN.
func httpSetPass(t *vm.Thread, a vm.Args) (vm.Value, error) {
	user, err := argSetting("HTTPSETPASS", a, 0)
	if err != nil {
		return vm.Value{}, err
	}
	password, err := argSetting("HTTPSETPASS", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	st := stateOf(t)
	st.user, st.password = user, password
	return vm.Value{}, nil
}

// HTTPSSLClient([nSSL2[, nSSL3[, nTLS1[, cPassword[, cCert[, cKey[, nHSM[, lClient[, nVerbose[, nBugs[,
// nState]]]]]]]]]]]) → .T. if the later requests of this thread show servers that ask the certificate
// and key in these files, below the root path; "" for both: that of [SSLConfigure] CertificateClient.
// It is .F. if they cannot be used, and HttpGetStatus tells why. The other arguments are not used:
// [SSLConfigure] decides on versions and on the log. Source: public programs.
func httpSSLClient(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "HTTPSSLCLIENT"
	var texts [3]string
	for i, at := range []int{4, 5, 3} {
		var err error
		if texts[i], err = lib.OptText(fn, a, at, ""); err != nil {
			return vm.Value{}, err
		}
	}
	st := stateOf(t)
	named, err := st.readPair(t, texts[0], texts[1], texts[2])
	if _, ok := st.failed(err); ok {
		return vm.Bool(false), nil
	}
	if err == nil {
		st.pair = named
	}
	return vm.Bool(err == nil), err
}

// SetProxy([cServer[, nPort[, cUser[, cPassword[, lClient]]]]]) → NIL. The later requests of this thread
// go through this proxy, https as a tunnel (CONNECT); with no cServer through that of [HTTPClient]
// Proxy, if there is one. cServer is a name, an address, or a URL with http:// or https://. Source: TDN.
func setProxy(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "SETPROXY"
	var texts [3]string // server, user, password
	for i, at := range []int{0, 2, 3} {
		var err error
		if texts[i], err = argSetting(fn, a, at); err != nil {
			return vm.Value{}, err
		}
	}
	port, err := lib.OptInt(fn, a, 1, 0)
	if err != nil {
		return vm.Value{}, err
	}
	st := stateOf(t)
	if texts[0] == "" {
		st.proxy = nil
		return vm.Value{}, nil
	}
	if port < 0 || port > 65535 {
		return vm.Value{}, vm.ArgError(fn, a, 1, "a port")
	}
	p, err := newProxy(texts[0], portText(port), texts[1], texts[2])
	if err != nil {
		return vm.Value{}, vm.ArgError(fn, a, 0, "the name, the address or the URL of a proxy")
	}
	st.proxy = p
	return vm.Value{}, nil
}

func portText(port int) string {
	if port == 0 {
		return ""
	}
	return strconv.Itoa(port)
}

// SetNoProxyFor([cList[, lClient]]) → NIL. The later requests of this thread to the hosts in the list do
// not go through the proxy of SetProxy. They are parted by commas or semicolons; * stands for other
// characters at the beginning or the end, as in "*.example.org,10.*". Source: TDN.
func setNoProxyFor(t *vm.Thread, a vm.Args) (vm.Value, error) {
	list, err := argSetting("SETNOPROXYFOR", a, 0)
	if err == nil {
		stateOf(t).noProxy = exceptions(list)
	}
	return vm.Value{}, err
}
