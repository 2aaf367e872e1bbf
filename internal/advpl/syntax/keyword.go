package syntax

import "strings"

// A keyword is a word that begins, divides or closes a statement. No keyword is
// reserved: whether a word is one is decided by its place and what follows it
// (parser.isKeyword).
type keyword uint8

const (
	notKeyword keyword = iota

	// Words that begin a statement.
	kwIf
	kwWhile
	kwFor
	kwDo
	kwSwitch
	kwBegin
	kwBeginSequence
	kwBeginTransaction
	kwBeginSQL
	kwTry
	kwLocal
	kwPrivate
	kwPublic
	kwStatic
	kwField
	kwMemvar
	kwParameters
	kwDefault
	kwReturn
	kwBreak
	kwThrow
	kwExit
	kwLoop

	// Words that divide or close a block.
	kwElse
	kwElseIf
	kwCase
	kwOtherwise
	kwRecover
	kwAlways
	kwCatch
	kwFinally
	kwEnd
	kwEndIf
	kwEndDo
	kwNext
	kwEndCase
	kwEndSwitch
	kwEndSequence
	kwEndTransaction
	kwEndTry

	// Words that begin a declaration.
	kwFunction
	kwProcedure
	kwUser
	kwMain
	kwTemplate
	kwWeb
	kwHTML
	kwProject
	kwClass
	kwLongClass
	kwInterface
	kwMethod
	kwProtected
	kwAbstract
	kwFinal
	kwOverride
	kwNamespace
	kwUsing
	kwWSRestful
	kwWSService
	kwWSStruct
	kwWSClient
	kwWSMethod
)

// words lists the keywords as they are written. Those of dBase, marked with a
// bar, may be cut behind it: FUNC for FUNCTION.
var words = []struct {
	text string
	kw   keyword
}{
	{"if", kwIf}, {"whil|e", kwWhile}, {"for", kwFor}, {"do", kwDo}, {"switch", kwSwitch},
	{"begin", kwBegin}, {"beginsequence", kwBeginSequence},
	{"begintransaction", kwBeginTransaction}, {"begintran", kwBeginTransaction},
	{"beginsql", kwBeginSQL}, {"try", kwTry},
	{"loca|l", kwLocal}, {"priv|ate", kwPrivate}, {"publ|ic", kwPublic}, {"stat|ic", kwStatic},
	{"fiel|d", kwField}, {"memv|ar", kwMemvar}, {"para|meters", kwParameters},
	{"default", kwDefault}, {"retu|rn", kwReturn}, {"break", kwBreak}, {"throw", kwThrow},
	{"exit", kwExit}, {"loop", kwLoop},

	{"else", kwElse}, {"elsei|f", kwElseIf}, {"case", kwCase}, {"othe|rwise", kwOtherwise},
	{"reco|ver", kwRecover}, {"always", kwAlways}, {"catch", kwCatch}, {"finally", kwFinally},
	{"end", kwEnd}, {"endi|f", kwEndIf}, {"endd|o", kwEndDo}, {"endw|hile", kwEndDo},
	{"next", kwNext}, {"endfor", kwNext}, {"endc|ase", kwEndCase}, {"endswitch", kwEndSwitch},
	{"endse|quence", kwEndSequence}, {"endtran|saction", kwEndTransaction}, {"endtry", kwEndTry},

	{"func|tion", kwFunction}, {"proc|edure", kwProcedure}, {"user", kwUser}, {"main", kwMain},
	{"temp|late", kwTemplate}, {"web", kwWeb}, {"html", kwHTML}, {"proj|ect", kwProject},
	{"class", kwClass}, {"longnameclass", kwLongClass}, {"longclassname", kwLongClass},
	{"interface", kwInterface}, {"method", kwMethod}, {"protected", kwProtected},
	{"abstract", kwAbstract}, {"final", kwFinal}, {"override", kwOverride},
	{"namespace", kwNamespace}, {"using", kwUsing},
	{"wsrestful", kwWSRestful}, {"wsservice", kwWSService}, {"wsstruct", kwWSStruct},
	{"wsclient", kwWSClient}, {"wsmethod", kwWSMethod},
}

// longestKeyword is the length of the longest keyword.
const longestKeyword = 16

// keywords maps every spelling, in lower case, to its keyword.
var keywords = spellings()

func spellings() map[string]keyword {
	m := make(map[string]keyword)
	for _, w := range words {
		head, tail, _ := strings.Cut(w.text, "|")
		for n := range len(tail) + 1 {
			m[head+tail[:n]] = w.kw
		}
	}
	return m
}

// lookup returns the keyword that text spells, in any case, or notKeyword.
func lookup(text string) keyword {
	if len(text) < 2 || len(text) > longestKeyword {
		return notKeyword
	}
	var buf [longestKeyword]byte
	for i := range len(text) {
		buf[i] = lower(text[i])
	}
	return keywords[string(buf[:len(text)])]
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// equalFold tells whether a equals b, which is in lower case, when the case of
// ASCII letters does not count.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != b[i] {
			return false
		}
	}
	return true
}

// abbreviates tells whether a is word, which is in lower case, or its beginning
// of four letters or more.
func abbreviates(a, word string) bool {
	return len(a) <= len(word) && (len(a) == len(word) || len(a) >= 4) && equalFold(a, word[:len(a)])
}

// statementWords are the keywords in full, for suggestions.
var statementWords = func() (list []string) {
	for _, w := range words {
		head, tail, _ := strings.Cut(w.text, "|")
		list = append(list, head+tail)
	}
	return list
}()
