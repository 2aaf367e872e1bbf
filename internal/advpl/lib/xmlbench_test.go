package lib

import (
	"strings"
	"testing"

	"appserver/internal/advpl/vm"
)

// BenchmarkXML reads a document of about a megabyte.
func BenchmarkXML(b *testing.B) {
	item := "<det nItem=\"1\"><prod><cProd>A1</cProd><xProd>P\xE3o de queijo</xProd><vProd>10.50</vProd></prod></det>\n"
	text := vm.Str("<NFe><infNFe>" + strings.Repeat(item, 10_000) + "</infNFe></NFe>")
	for name, body := range map[string]string{
		"XmlParser":   "Return XmlParser(c, '_')",
		"TXmlManager": "o := TXmlManager():New()\no:Parse(c)\nReturn o",
		"XPath":       "o := TXmlManager():New()\no:Parse(c)\nReturn o:XPathGetNodeValue('/NFe/infNFe/det[9999]/prod/vProd')",
	} {
		b.Run(name, func(b *testing.B) {
			th := xmlThread(b, vm.Limits{}, body)
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				if _, err := th.Call("MAIN", text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
