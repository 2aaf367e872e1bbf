package syntax

import (
	"strings"
	"testing"

	"appserver/internal/advpl/preproc"
)

// plain is code as most sources have it.
const plain = `User Function Sample(cKey, nMax)
	Local aList := {}, nI := 0
	Local cText := "", lOk := .T.
	DbSelectArea("SA1")
	SA1->(DbSetOrder(1))
	For nI := 1 To nMax
		If SA1->(DbSeek(xFilial("SA1") + cKey)) .And. !Empty(SA1->A1_NOME)
			AAdd(aList, {SA1->A1_COD, AllTrim(SA1->A1_NOME), nI * 2 + 1})
			cText += "select * from " + RetSqlName("SA1") + " where A1_COD = '" + cKey + "'"
		ElseIf nI > 10 .Or. lOk == .F.
			oModel:GetModel("MASTER"):SetValue("A1_COD", cKey)
			::nTotal := ::nTotal + aList[nI][2]
		Else
			lOk := IIf(nI % 2 == 0, .T., .F.)
		EndIf
	Next nI
	While !lOk
		nI++
		AEval(aList, {|x| cText += x[1]})
	EndDo

Return cText
`

func BenchmarkParse(b *testing.B) {
	text := strings.Repeat(plain, 500)
	f := decode(b, "x.prw", text)
	tokens, _ := preproc.Lex(f)
	lines := f.Lines()
	b.ReportAllocs()
	for b.Loop() {
		if _, findings := Parse(f, tokens); len(findings) > 0 {
			b.Fatal(findings)
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
