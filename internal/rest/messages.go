package rest

import (
	"net/http"

	"golang.org/x/text/language"
)

// languages are those of the messages, the one to fall back on first. The
// order is that of the fields of a message.
var languages = [...]language.Tag{
	language.English,
	language.BrazilianPortuguese,
	language.Spanish,
}

var matcher = language.NewMatcher(languages[:])

// messages says what a status means to the user of a client, in the order of
// languages.
var messages = map[int][len(languages)]string{
	http.StatusBadRequest: {
		"The request is not valid.",
		"A requisição não é válida.",
		"La solicitud no es válida.",
	},
	http.StatusUnauthorized: {
		"Sign in to continue.",
		"Entre com seu usuário para continuar.",
		"Inicie sesión para continuar.",
	},
	http.StatusForbidden: {
		"You are not allowed to do this.",
		"Você não tem permissão para fazer isso.",
		"No tiene permiso para hacer esto.",
	},
	http.StatusNotFound: {
		"There is nothing at this address.",
		"Não há nada neste endereço.",
		"No hay nada en esta dirección.",
	},
	http.StatusMethodNotAllowed: {
		"This address does not support the operation.",
		"Este endereço não aceita a operação.",
		"Esta dirección no admite la operación.",
	},
	http.StatusRequestEntityTooLarge: {
		"The request is too large.",
		"A requisição é grande demais.",
		"La solicitud es demasiado grande.",
	},
	http.StatusInternalServerError: {
		"The server failed to answer the request.",
		"O servidor falhou ao responder à requisição.",
		"El servidor falló al responder la solicitud.",
	},
	http.StatusNotImplemented: {
		"The server does not know this operation.",
		"O servidor não conhece esta operação.",
		"El servidor no conoce esta operación.",
	},
	http.StatusServiceUnavailable: {
		"The server is not available at the moment.",
		"O servidor não está disponível no momento.",
		"El servidor no está disponible en este momento.",
	},
}

// statusMessage returns the message of status in the language tag, which must
// be one of languages. A status without one has that of its class.
func statusMessage(tag language.Tag, status int) string {
	texts, ok := messages[status]
	if !ok && status < 500 {
		texts = messages[http.StatusBadRequest]
	} else if !ok {
		texts = messages[http.StatusInternalServerError]
	}
	for i, l := range languages {
		if l == tag {
			return texts[i]
		}
	}
	return texts[0]
}
