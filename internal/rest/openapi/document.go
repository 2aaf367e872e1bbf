package openapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"appserver/internal/rest/route"
)

// object is a JSON object; its members are written in the order of their names.
type object map[string]any

// newDocument returns the OpenAPI document of operations.
func newDocument(list []*operation, o Options) object {
	paths := object{}
	for _, op := range list {
		path := op.path.String()
		item, ok := paths[path].(object)
		if !ok {
			item = object{}
			paths[path] = item
		}
		item[strings.ToLower(op.method())] = op.object(o)
	}
	doc := object{
		"openapi":    "3.1.0",
		"info":       object{"title": cmp.Or(o.Title, "REST"), "version": cmp.Or(o.Version, "1")},
		"servers":    []object{{"url": cmp.Or(o.Base, "/")}},
		"tags":       tags(list),
		"paths":      paths,
		"components": components(o),
	}
	if o.Secure {
		doc["security"] = security(o)
	}
	return doc
}

// encode returns the JSON of a document. It has no value that JSON does not know.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", " ")
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// tags returns the services, in the order of their names.
func tags(list []*operation) []object {
	about := map[string]string{}
	var names []string
	for _, op := range list {
		r := op.first()
		if _, ok := about[r.Service]; !ok {
			names = append(names, r.Service)
		}
		about[r.Service] = cmp.Or(about[r.Service], r.About)
	}
	slices.Sort(names)
	tags := []object{}
	for _, name := range names {
		tag := object{"name": name}
		put(tag, "description", about[name])
		tags = append(tags, tag)
	}
	return tags
}

// put sets a member unless the text is empty.
func put(to object, name, text string) {
	if text != "" {
		to[name] = text
	}
}

// security returns how callers may show who they are: each in one way.
func security(o Options) []object {
	list := []object{{"bearer": []string{}}}
	if o.Basic {
		list = append(list, object{"basic": []string{}})
	}
	return list
}

func components(o Options) object {
	c := object{"schemas": object{
		"Error":        errorSchema,
		"ClassicError": classicErrorSchema,
	}}
	if !o.Secure {
		return c
	}
	bearer := object{"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
	if o.TokenPath != "" {
		bearer["description"] = "A token of POST " + o.Base + o.TokenPath
	}
	schemes := object{"bearer": bearer}
	if o.Basic {
		schemes["basic"] = object{"type": "http", "scheme": "basic"}
	}
	c["securitySchemes"] = schemes
	return c
}

// The bodies of errors: of TLPP and Logix, and of classic services.
var (
	errorSchema = object{
		"type": "object",
		"properties": object{
			"code":            object{"type": []string{"integer", "string"}, "description": "What is wrong, for programs."},
			"message":         object{"type": "string", "description": "For the user of the client."},
			"detailedMessage": object{"type": "string", "description": "For who writes the client."},
			"helpUrl":         object{"type": "string", "format": "uri"},
			"details":         object{"type": "array", "items": object{"type": "object"}},
		},
		"required": []string{"code", "message", "detailedMessage"},
	}
	classicErrorSchema = object{
		"type": "object",
		"properties": object{
			"errorCode":    object{"type": []string{"integer", "string"}, "description": "What is wrong, for programs."},
			"errorMessage": object{"type": "string"},
		},
		"required": []string{"errorCode", "errorMessage"},
	}
)

// object returns the operation for a document.
func (o *operation) object(options Options) object {
	r := o.first()
	op := object{"operationId": o.id, "tags": []string{r.Service}, "responses": o.responses()}
	put(op, "summary", r.Title)
	put(op, "description", o.description())
	if len(o.params) > 0 {
		op["parameters"] = o.parameters()
	}
	if hasBody(r.Method) {
		op["requestBody"] = object{"content": object{"application/json": object{}}}
	}
	if options.Secure && o.public {
		op["security"] = []object{}
	}
	return op
}

// hasBody tells whether requests of the method have one.
func hasBody(method string) bool { return method == "POST" || method == "PUT" || method == "PATCH" }

func (o *operation) parameters() []object {
	var list []object
	for _, p := range o.params {
		param := object{"name": p.Name, "in": p.In, "schema": schema(p.Type)}
		if !p.Optional {
			param["required"] = true
		}
		put(param, "description", p.Title)
		list = append(list, param)
	}
	return list
}

// schema returns that of a type of parameters.
func schema(kind string) object {
	if kind == "date" {
		return object{"type": "string", "format": "date"}
	}
	return object{"type": cmp.Or(kind, "string")}
}

// responses returns the answers that the route declares, success if there is none, and what
// errors look like.
func (o *operation) responses() object {
	r := o.first()
	all := object{"default": object{
		"description": "An error",
		"content":     object{"application/json": object{"schema": object{"$ref": "#/components/schemas/" + errorName(r)}}},
	}}
	success := false
	for _, s := range r.Responses {
		key := strconv.Itoa(s.Status)
		if all[key] == nil {
			all[key] = response(r, s)
		}
		success = success || s.Status < 400
	}
	if !success {
		all["200"] = response(r, route.Response{Status: 200})
	}
	return all
}

func response(r *route.Route, s route.Response) object {
	answer := object{"description": cmp.Or(s.Title, "Success")}
	switch {
	case s.Status < 200, s.Status == 204, s.Status == 205, s.Status == 304:
	case s.Status >= 400:
		answer["description"] = cmp.Or(s.Title, "Error")
	default:
		answer["content"] = object{cmp.Or(r.Produces, "application/json"): object{}}
	}
	return answer
}

// errorName returns which body the errors of the route have.
func errorName(r *route.Route) string {
	if r.Model == route.Classic && !r.TTalk {
		return "ClassicError"
	}
	return "Error"
}
