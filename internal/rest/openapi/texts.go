package openapi

import "appserver/internal/pages"

// texts are what the pages say in one language.
type texts struct {
	Services, Documentation, Empty string
	Public, Parameters, Name, In   string
	Type, Required, About          string
	Yes, No, Body, Answers, Errors string
	Try, Send, Token, Answer       string
	NoAnswer, Filter, Contract     string
}

// languages has the texts of each language.
var languages = [...]texts{pages.English: {
	Services: "Services", Documentation: "Documentation", Empty: "No program answers requests here yet.",
	Public: "public", Parameters: "Parameters", Name: "Name", In: "In", Type: "Type", Required: "Required", About: "Description",
	Yes: "yes", No: "no", Body: "Body of the request", Answers: "Answers", Errors: "Members of errors",
	Try: "Try it", Send: "Send", Token: "Access token", Answer: "Answer", NoAnswer: "The server did not answer.",
	Filter: "Filter", Contract: "OpenAPI document",
}, pages.Portuguese: {
	Services: "Serviços", Documentation: "Documentação", Empty: "Nenhum programa responde a requisições aqui ainda.",
	Public: "público", Parameters: "Parâmetros", Name: "Nome", In: "Em", Type: "Tipo", Required: "Obrigatório", About: "Descrição",
	Yes: "sim", No: "não", Body: "Corpo da requisição", Answers: "Respostas", Errors: "Membros dos erros",
	Try: "Experimentar", Send: "Enviar", Token: "Token de acesso", Answer: "Resposta", NoAnswer: "O servidor não respondeu.",
	Filter: "Filtrar", Contract: "Documento OpenAPI",
}, pages.Spanish: {
	Services: "Servicios", Documentation: "Documentación", Empty: "Ningún programa responde a solicitudes aquí todavía.",
	Public: "público", Parameters: "Parámetros", Name: "Nombre", In: "En", Type: "Tipo", Required: "Obligatorio", About: "Descripción",
	Yes: "sí", No: "no", Body: "Cuerpo de la solicitud", Answers: "Respuestas", Errors: "Miembros de los errores",
	Try: "Probar", Send: "Enviar", Token: "Token de acceso", Answer: "Respuesta", NoAnswer: "El servidor no respondió.",
	Filter: "Filtrar", Contract: "Documento OpenAPI",
}}
