package webapp

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// languages are those of the pages, the one to fall back on first.
var languages = [...]texts{english, portuguese, spanish}

var matcher = language.NewMatcher([]language.Tag{
	language.English, language.BrazilianPortuguese, language.Spanish,
})

// maxAcceptLanguage is longer than what any browser sends, in bytes.
const maxAcceptLanguage = 512

// chooseTexts returns the texts that r asks for by the query parameter lang,
// else those that suit its Accept-Language best.
func chooseTexts(r *http.Request) *texts {
	lang := r.URL.Query().Get("lang")
	for i := range languages {
		if strings.EqualFold(languages[i].Tag, lang) {
			return &languages[i]
		}
	}
	accept := strings.Join(r.Header.Values("Accept-Language"), ",")
	if accept == "" || len(accept) > maxAcceptLanguage {
		return &languages[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return &languages[0]
	}
	_, i, _ := matcher.Match(wanted...)
	return &languages[i]
}
