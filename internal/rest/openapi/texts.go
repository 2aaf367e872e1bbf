package openapi

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// texts are what the pages say in one language.
type texts struct {
	Tag, Language string // of the language, the latter in itself

	Skip, LanguageLabel            string
	Services, Documentation, Empty string
	Public, Parameters, Name, In   string
	Type, Required, About          string
	Yes, No, Body, Answers, Errors string
	Try, Send, Token, Answer       string
	NoAnswer, Filter, Contract     string
}

// languages are those of the pages, the one to fall back on first.
var languages = [...]texts{{
	Tag: "en", Language: "English", Skip: "Skip to content", LanguageLabel: "Language",
	Services: "Services", Documentation: "Documentation", Empty: "No program answers requests here yet.",
	Public: "public", Parameters: "Parameters", Name: "Name", In: "In", Type: "Type", Required: "Required", About: "Description",
	Yes: "yes", No: "no", Body: "Body of the request", Answers: "Answers", Errors: "Members of errors",
	Try: "Try it", Send: "Send", Token: "Access token", Answer: "Answer", NoAnswer: "The server did not answer.",
	Filter: "Filter", Contract: "OpenAPI document",
}, {
	Tag: "pt-BR", Language: "Português", Skip: "Ir para o conteúdo", LanguageLabel: "Idioma",
	Services: "Serviços", Documentation: "Documentação", Empty: "Nenhum programa responde a requisições aqui ainda.",
	Public: "público", Parameters: "Parâmetros", Name: "Nome", In: "Em", Type: "Tipo", Required: "Obrigatório", About: "Descrição",
	Yes: "sim", No: "não", Body: "Corpo da requisição", Answers: "Respostas", Errors: "Membros dos erros",
	Try: "Experimentar", Send: "Enviar", Token: "Token de acesso", Answer: "Resposta", NoAnswer: "O servidor não respondeu.",
	Filter: "Filtrar", Contract: "Documento OpenAPI",
}, {
	Tag: "es", Language: "Español", Skip: "Ir al contenido", LanguageLabel: "Idioma",
	Services: "Servicios", Documentation: "Documentación", Empty: "Ningún programa responde a solicitudes aquí todavía.",
	Public: "público", Parameters: "Parámetros", Name: "Nombre", In: "En", Type: "Tipo", Required: "Obligatorio", About: "Descripción",
	Yes: "sí", No: "no", Body: "Cuerpo de la solicitud", Answers: "Respuestas", Errors: "Miembros de los errores",
	Try: "Probar", Send: "Enviar", Token: "Token de acceso", Answer: "Respuesta", NoAnswer: "El servidor no respondió.",
	Filter: "Filtrar", Contract: "Documento OpenAPI",
}}

var matcher = language.NewMatcher([]language.Tag{language.English, language.BrazilianPortuguese, language.Spanish})

// maxAcceptLanguage is longer than what any browser sends, in bytes.
const maxAcceptLanguage = 512

// chooseTexts returns the texts that r asks for by the query parameter lang, else those that
// suit its Accept-Language best.
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
