package pages

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// Language is one of those that pages are written in. It is an index of tables with their
// words. The zero value is the one to fall back on.
type Language int

// The languages.
const (
	English Language = iota
	Portuguese
	Spanish
	languages // how many there are
)

var (
	all   = [languages]Language{English, Portuguese, Spanish}
	words = [languages]struct{ tag, name, skip, label string }{
		English:    {"en", "English", "Skip to content", "Language"},
		Portuguese: {"pt-BR", "Português", "Ir para o conteúdo", "Idioma"},
		Spanish:    {"es", "Español", "Ir al contenido", "Idioma"},
	}
	matcher = language.NewMatcher([]language.Tag{language.English, language.BrazilianPortuguese, language.Spanish})
)

// Tag returns its name in BCP 47.
func (l Language) Tag() string { return words[l].tag }

// Name returns the language's own name for itself.
func (l Language) Name() string { return words[l].name }

// Skip returns the words of the link to the content.
func (l Language) Skip() string { return words[l].skip }

// Label returns the word for languages.
func (l Language) Label() string { return words[l].label }

// maxAcceptLanguage is longer than what any browser sends, in bytes.
const maxAcceptLanguage = 512

// Choose returns the language that r asks for by the query parameter lang, else the one that
// suits its Accept-Language best.
func Choose(r *http.Request) Language {
	lang := r.URL.Query().Get("lang")
	for _, l := range all {
		if strings.EqualFold(l.Tag(), lang) {
			return l
		}
	}
	accept := strings.Join(r.Header.Values("Accept-Language"), ",")
	if accept == "" || len(accept) > maxAcceptLanguage {
		return English
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil {
		return English
	}
	_, i, _ := matcher.Match(wanted...)
	return all[i]
}
