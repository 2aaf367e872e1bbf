package lib

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"appserver/internal/advpl/vm"
)

// xmlThread is a thread under limits that runs Main(c), which has the body.
func xmlThread(t testing.TB, l vm.Limits, body string) *vm.Thread {
	t.Helper()
	return thread(t, vm.Options{Limits: l}, build(t, "xml.prw", "Function Main(c)\nLocal o\nLocal e\n"+body+"\n"))
}

const (
	parseBody  = "o := XmlParser(c, '_', @e)\nReturn e"
	manageBody = "o := TXmlManager():New()\no:Parse(c)\nReturn o:LastError()"
)

func TestXMLHostile(t *testing.T) {
	laughs := "<!DOCTYPE l [<!ENTITY a 'ha'>"
	for c := 'b'; c < 'k'; c++ {
		laughs += "<!ENTITY " + string(c) + " '" + strings.Repeat("&"+string(c-1)+";", 10) + "'>"
	}
	texts := map[string]struct{ text, want string }{
		"nested":     {strings.Repeat("<a>", 100_000), "nested more than 1000 deep"},
		"laughs":     {laughs + "]><l>&j;</l>", "invalid character entity &j;"},
		"external":   {"<!DOCTYPE l [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><l>&a;</l>", "invalid character entity &a;"},
		"attributes": {"<a " + strings.Repeat("b='' ", 100_000) + "/>", "more than 10000 attributes"},
		"open tag":   {"<a " + strings.Repeat("b", 1<<20), "unexpected EOF"},
		"quote":      {"<a b='" + strings.Repeat("=", 1<<20), "unexpected EOF"},
		"nul":        {"<a>\x00</a>", "illegal character code"},
		"nul name":   {"<a\x00/>", ""},
		"utf-8":      {"<?xml version='1.0' encoding='utf-8'?><a>\xC3(\xFF</a>\x80", "text outside of the root"},
		"utf-16":     {"\xFF\xFE<\x00a\x00", "unexpected EOF"},
		"closes":     {strings.Repeat("</a>", 1000), "closes no element"},
	}
	for name, c := range texts {
		for _, body := range []string{parseBody, manageBody} {
			v, err := xmlThread(t, vm.Limits{}, body).Call("MAIN", vm.Str(c.text))
			if err != nil || v.Text() == "" || !strings.Contains(v.Text(), c.want) {
				t.Errorf("%s: %s, %v; want a fault with %q", name, Inspect(v), err, c.want)
			}
		}
	}
}

func TestXMLUTF16(t *testing.T) {
	v, err := xmlThread(t, vm.Limits{}, "Return XmlParser(c, '_'):_A:Text").Call("MAIN", vm.Str("\xFE\xFF\x00<\x00a\x00>\x00\xE7\x00<\x00/\x00a\x00>"))
	if err != nil || v.Text() != "\xE7" {
		t.Errorf("text = %s, %v; want \"\\u00e7\"", Inspect(v), err)
	}
}

// TestXMLMemory reads documents whose objects take more memory than the thread may have,
// and counts what the heap grows by.
func TestXMLMemory(t *testing.T) {
	limits := vm.Limits{Memory: 32 << 20}
	texts := map[string]string{
		"elements":   "<r>" + strings.Repeat("<a/>", 1<<20) + "</r>",
		"names":      "<r>" + manyNames(200_000) + "</r>",
		"attributes": "<r>" + strings.Repeat("<a b='' c='' d='' e='' f='' g=''/>", 200_000) + "</r>",
		"comments":   "<r>" + strings.Repeat("<!---->x", 1<<20) + "</r>",
	}
	for name, text := range texts {
		for _, body := range []string{parseBody, manageBody} {
			if name == "comments" && body == parseBody {
				continue // they leave nothing
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			_, err := xmlThread(t, limits, body).Call("MAIN", vm.Str(text))
			runtime.ReadMemStats(&after)
			if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != vm.GenMem {
				t.Errorf("%s: err = %v; want one with code %d", name, err, vm.GenMem)
			}
			if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 8*limits.Memory {
				t.Errorf("%s: the heap grew by %d MiB", name, grown>>20)
			}
		}
	}
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("<a" + shortest(float64(i)) + "/>")
	}
	return b.String()
}

// TestXMLIsCounted keeps documents until the thread has no memory left.
func TestXMLIsCounted(t *testing.T) {
	text := vm.Str("<r>" + strings.Repeat("<a b='1'>x</a>", 500) + "</r>")
	for _, body := range []string{
		"o := {}\nWhile .T.\nAAdd(o, XmlParser(c, '_'))\nEnd",
		"o := {}\nWhile .T.\nAAdd(o, XmlParser(c, '_'):_R:_A[1])\nEnd",
		"o := {}\nWhile .T.\ne := TXmlManager():New()\ne:Parse(c)\nAAdd(o, e)\nEnd",
		"o := XmlParser(c, '_')\nWhile .T.\nXmlNewNode(o:_R, '_Z', 'z', 'NOD')\nEnd",
		"o := XmlParser(c, '_')\nWhile .T.\nXmlCloneNode(o:_R, '_R')\nEnd",
		"o := TXmlManager():New()\no:Parse(c)\nWhile .T.\no:DOMAddChildNode('b', Replicate('x', 1000))\nEnd",
		"o := TXmlManager():New()\no:Parse(c)\nWhile .T.\no:XPathRegisterNs('n' + AllTrim(Str(e := IIf(e == NIL, 1, e + 1))), Replicate('u', 5000))\nEnd",
	} {
		_, err := xmlThread(t, vm.Limits{Memory: 2 << 20}, body).Call("MAIN", text)
		if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != vm.GenMem {
			t.Errorf("%s: err = %v; want one with code %d", body, err, vm.GenMem)
		}
	}
	for _, body := range []string{
		"For e := 1 To 60\no := XmlParser(c, '_')\nNext\nReturn Len(o:_R:_A)",
		"For e := 1 To 60\no := TXmlManager():New()\no:Parse(c)\nNext\nReturn o:DOMChildCount()",
		"o := TXmlManager():New()\no:Parse(c)\nFor e := 1 To 1500\no:XPathSetNode('/r/a[1]', '', Replicate('x', 5000))\nNext\nReturn o:DOMChildCount()",
		"o := TXmlManager():New()\no:Parse(c)\nFor e := 1 To 30000\no:XPathSetAtt('/r', 'b', Replicate('x', 1000))\nNext\nReturn o:DOMChildCount()",
		"o := TXmlManager():New()\no:Parse(c)\nFor e := 1 To 1000\no:XPathAddNs('/r', 'n', Replicate('x', 10000))\nNext\nReturn o:DOMChildCount()",
		"o := TXmlManager():New()\no:Parse(c)\nFor e := 1 To 2000\no:DOMAddChildNode('b', Replicate('x', 5000))\no:XPathDelNode('/r/b')\nNext\nReturn o:DOMChildCount()",
	} {
		v, err := xmlThread(t, vm.Limits{Memory: 4 << 20}, body).Call("MAIN", text)
		if err != nil || Inspect(v) != "500" {
			t.Errorf("%s = %s, %v; want 500", body, Inspect(v), err)
		}
	}
}

// TestXMLLongPath wants a path of many names to take no memory of its own.
func TestXMLLongPath(t *testing.T) {
	th := xmlThread(t, vm.Limits{}, "o := XmlParser('<a/>', '_')\nReturn XMLDltNode(c, o)")
	path := vm.Str(strings.Repeat(":", 1<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if v, err := th.Call("MAIN", path); err != nil || Inspect(v) != ".F." {
		t.Errorf("XMLDltNode = %s, %v; want .F.", Inspect(v), err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 4<<20 {
		t.Errorf("XMLDltNode takes %d bytes", got)
	}
}

func TestXMLStringLimit(t *testing.T) {
	for _, body := range []string{
		parseBody, "Return XmlC14N('<a>' + Replicate('\"', 900) + c + '</a>')",
		"o := XmlParser('<a/>', '_')\no:_A:Text := Replicate('<', 900)\nReturn XMLSaveStr(o)",
		"o := TXmlManager():New()\no:Parse('<a/>')\no:XPathAddAtt('/a', 'b', Replicate('<', 900))\nReturn o:Save2String()",
	} {
		_, err := xmlThread(t, vm.Limits{String: 1000}, body).Call("MAIN", vm.Str(strings.Repeat("&lt;", 300)))
		if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != vm.GenStrOverflow {
			t.Errorf("%s: err = %v; want one with code %d", body, err, vm.GenStrOverflow)
		}
	}
}

// TestXMLCancel gives up what takes long.
func TestXMLCancel(t *testing.T) {
	wide := "<r>" + strings.Repeat("<a><b>x</b></a>", 20_000) + "</r>"
	bodies := map[string]struct{ body, text string }{
		"text":     {"While .T.\n" + parseBody + "\nEnd", "<a>" + strings.Repeat("x", 60<<20)},
		"tag":      {manageBody, "<a b='" + strings.Repeat("x", 60<<20)},
		"quadrat":  {"o := TXmlManager():New()\no:Parse(c)\nReturn o:XPathHasNode('//*[count(//*) = 1]')", wide},
		"axes":     {"o := TXmlManager():New()\no:Parse(c)\nReturn o:XPathHasNode('//b[count(preceding::*) = count(following::*) + 7]')", wide},
		"ancestor": {"o := TXmlManager():New()\no:Parse(c)\nReturn o:XPathHasNode('//b/ancestor::*/descendant::*[. = 1]')", wide},
		"union":    {"o := TXmlManager():New()\no:Parse(c)\nReturn o:XPathHasNode('//zz | //b[. = 1] | (//a | //b)/zz')", wide},
	}
	for name, c := range bodies {
		t.Run(name, func(t *testing.T) {
			th := xmlThread(t, vm.Limits{}, c.body)
			stop := errors.New("stop")
			time.AfterFunc(20*time.Millisecond, func() { th.Cancel(stop) })
			start := time.Now()
			if _, err := th.Call("MAIN", vm.Str(c.text)); !errors.Is(err, stop) {
				t.Errorf("err = %v; want %v", err, stop)
			}
			if d := time.Since(start); d > time.Minute {
				t.Errorf("ended after %v", d)
			}
		})
	}
}

// TestXPathMemory keeps expressions from making texts without end.
func TestXPathMemory(t *testing.T) {
	expr := "/r[" + strings.Repeat("concat(/r,", 150) + "/r" + strings.Repeat(")", 150) + " = 1]"
	body := "o := TXmlManager():New()\no:Parse(c)\nReturn o:XPathHasNode(\"" + expr + "\")"
	_, err := xmlThread(t, vm.Limits{Memory: 64 << 20}, body).Call("MAIN", vm.Str("<r>"+strings.Repeat("x", 2<<20)+"</r>"))
	if e := new(vm.Error); !errors.As(err, &e) || e.GenCode != vm.GenMem {
		t.Errorf("err = %v; want one with code %d", err, vm.GenMem)
	}
}

// xmlSeeds are documents for the fuzz targets.
var xmlSeeds = []string{
	"<a/>", "<a b='1'>x<b/>y</a>", "<?xml version='1.0' encoding='iso-8859-1'?><!-- c --><a>\xE7<![CDATA[]]&gt;]]></a>",
	"<s:a xmlns:s='u' xmlns='v'><s:b s:c='&#10;&quot;'>&lt;&#960;</s:b><b/><b/></s:a><?p q?>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
	"<a><b>1</b><c/><b>2</b></a>", "\xFF\xFE<\x00a\x00/\x00>\x00", "<a:/>", "<:a/>", "<a b:c:d=''/>", "<xmlns xmlns=''/>",
	"<?xml version\"00?><a></a>", "<\x8e/>", "<?xml version='1.0' encoding='iso-8859-1'?><!--\x8e--><\xE7 \x8e='\x8e'/>", "<\u017d>\u03c0</\u017d>",
}

// FuzzXML reads documents, and what it has written of them, which must stay the same.
func FuzzXML(f *testing.F) {
	for _, s := range xmlSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		body := "Local a\nLocal b\no := XmlParser(c, '_', @e)\nIf !Empty(e)\nReturn {'', ''}\nEndIf\n" +
			"a := XMLSaveStr(o)\no := XmlParser(a, '_', @e)\nIf !Empty(e)\nReturn {a, e}\nEndIf\nReturn {a, XMLSaveStr(o)}"
		same(t, body, s)
	})
}

// FuzzXMLManager does so with documents as TXmlManager has them, and with their canonical form.
func FuzzXMLManager(f *testing.F) {
	for _, s := range xmlSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		same(t, "Local a\no := TXmlManager():New()\nIf !o:Parse(c)\nReturn {'', ''}\nEndIf\n"+
			"a := o:Save2String()\no:Parse(a)\nReturn {a, o:Save2String() + o:LastError()}", s)
		same(t, "Local a := XmlC14N(c, 'exc comments')\nReturn {a, XmlC14N(a, 'exc comments')}", s)
	})
}

// same wants that a function returns two equal texts.
func same(t *testing.T, body, s string) {
	t.Helper()
	v, err := xmlThread(t, vm.Limits{}, body).Call("MAIN", vm.Str(s))
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	if pair := v.Array().Elems; pair[0].Text() != pair[1].Text() {
		t.Errorf("%q gives\n%s, then\n%s", s, Inspect(pair[0]), Inspect(pair[1]))
	}
}

// FuzzXPath evaluates expressions.
func FuzzXPath(f *testing.F) {
	for _, s := range []string{
		"/a/b[2]", "//b[@c='1']", "//*[contains(., 'x') and position() < last()]", "/n:a/@*", "count(//b)", "(//b)[1]/..",
		"//b/following-sibling::*[1]", "string(/a)", "sum(//b) + 1 div 0", "//b | /a/*[. != 1]", "/a/b['x'", "translate(/a, 'x', 'y')",
		"substring(//b, 2, 3)", "//text()", "//comment()", "self::node()", "namespace::*", "$x", "id('a')", "a:b:c", "processing-instruction('p')",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		body := "o := TXmlManager():New()\no:Parse(\"<a xmlns:n='u'><b c='1'>x</b><b>2</b><!-- d --><n:b n:c='3'><b/></n:b></a>\")\n" +
			"Return {o:XPathHasNode(c), o:XPathGetNodeValue(c), o:XPathGetChildArray(c), o:XPathGetAttArray(c)}"
		if _, err := xmlThread(t, vm.Limits{Time: 5 * time.Second}, body).Call("MAIN", vm.Str(s)); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
