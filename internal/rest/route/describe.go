package route

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"appserver/internal/advpl/lib"
)

// Bounds of what an annotation describes.
const (
	maxDescribed = 100       // parameters, and responses
	maxJSON      = 256 << 10 // bytes
)

// document is what a function that describes a route returns: a JSON object with the members
// title, description, or description1, description2 and so on for its lines, params and
// responses. Source: TDN.
type document struct {
	Title, Description string
	Params, Responses  json.RawMessage
}

// UnmarshalJSON implements json.Unmarshaler. Members that it does not know do not matter;
// of those that the JSON does not have d keeps what it has.
func (d *document) UnmarshalJSON(data []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	d.Title = cmp.Or(said(members["title"]), d.Title)
	if params, ok := members["params"]; ok {
		d.Params = params
	}
	if responses, ok := members["responses"]; ok {
		d.Responses = responses
	}
	d.Description = said(members["description"])
	for n := 1; n <= maxDescribed && members[fmt.Sprintf("description%d", n)] != nil; n++ {
		d.Description += "\n" + said(members[fmt.Sprintf("description%d", n)])
	}
	return nil
}

// said returns a JSON string for people, "" for other values.
func said(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return translated(s)
}

// translated returns the text that "translate:function:number:text" has for those who do not
// have the dictionary.
func translated(s string) string {
	rest, ok := strings.CutPrefix(s, "translate:")
	if parts := strings.SplitN(rest, ":", 3); ok && len(parts) == 3 {
		return parts[2]
	}
	return s
}

// describe gives the route what the properties of its annotation say about it.
func (b *builder) describe(r *Route, a annotation) {
	for _, arg := range a.args {
		if arg.Name != "" && !slices.Contains(properties, strings.ToLower(arg.Name)) {
			b.warnf(r, "@%s of %s has the property %s, which means nothing; it has %s", title(a.method), r.Handler(), arg.Name, strings.Join(properties, ", "))
		}
	}
	var d document
	d.Title, _ = a.get("title")
	d.Description, _ = a.get("description")
	d.Title, d.Description = text(d.Title), text(d.Description)
	params, _ := a.get("params")
	responses, _ := a.get("responses")
	d.Params, d.Responses = json.RawMessage(lib.ToUTF8(params)), json.RawMessage(lib.ToUTF8(responses))
	if function, ok := bracketed(d.Description, "[", "]"); ok {
		d.Description = ""
		b.describedBy(r, function, &d)
	} else if _, ok := bracketed(d.Description, "<", ">"); ok { // the number of a translation
		d.Description = ""
	}
	r.Title, r.Description = brief(d.Title), brief(d.Description)
	b.params(r, d.Params)
	b.responses(r, d.Responses)
}

// describedBy reads what a function says about the route; "" is nothing.
func (b *builder) describedBy(r *Route, function string, d *document) {
	if b.options.Describe == nil {
		return
	}
	said, err := b.options.Describe(function)
	if err == nil && said != "" {
		err = decode([]byte(said), d)
	}
	if err != nil {
		b.warnf(r, "%s does not describe %s: %v", function, r.Handler(), err)
	}
}

// bracketed returns what s has between before and after; false if it is not like that.
func bracketed(s, before, after string) (string, bool) {
	s, open := strings.CutPrefix(s, before)
	s, closed := strings.CutSuffix(s, after)
	return s, open && closed && s != "" && !strings.ContainsAny(s, " \n")
}

// decode reads JSON, of which nothing is too much.
func decode(data []byte, v any) error {
	if len(data) > maxJSON {
		return fmt.Errorf("the JSON is longer than %d bytes", maxJSON)
	}
	return json.Unmarshal(data, v)
}

// types are those of parameters by what programs call them, in lower case.
var types = map[string]string{
	"": "string", "character": "string", "char": "string", "string": "string", "c": "string", "memo": "string",
	"integer": "integer", "int": "integer", "long": "integer",
	"numeric": "number", "number": "number", "float": "number", "double": "number", "decimal": "number", "n": "number",
	"logical": "boolean", "boolean": "boolean", "l": "boolean",
	"date": "date", "d": "date",
}

// params adds the parameters that the JSON describes.
func (b *builder) params(r *Route, data json.RawMessage) {
	if len(data) == 0 {
		return
	}
	var list []struct {
		Name, Description, In, Type string
		Required                    bool
	}
	if err := decode(data, &list); err != nil {
		b.warnf(r, "params of %s are no list of parameters in JSON: %v", r.Handler(), err)
		return
	}
	for _, p := range list[:min(len(list), maxDescribed)] {
		in := strings.ToLower(p.In)
		if p.Name == "" || in != "path" && in != "query" && in != "header" {
			b.warnf(r, "a parameter of %s has the name %q in %q: it must have a name, in path, query or header", r.Handler(), p.Name, p.In)
			continue
		}
		r.Params = append(r.Params, Param{brief(p.Name), in, types[strings.ToLower(p.Type)], !p.Required, brief(translated(p.Description))})
	}
}

// responses adds the answers that the JSON describes.
func (b *builder) responses(r *Route, data json.RawMessage) {
	if len(data) == 0 {
		return
	}
	var list []struct {
		StatusCode  int
		Description string
	}
	if err := decode(data, &list); err != nil {
		b.warnf(r, "responses of %s are no list of answers in JSON: %v", r.Handler(), err)
		return
	}
	for _, s := range list[:min(len(list), maxDescribed)] {
		if s.StatusCode < 100 || s.StatusCode > 599 {
			b.warnf(r, "a response of %s has the statusCode %d: it must be 100 to 599", r.Handler(), s.StatusCode)
			continue
		}
		r.Responses = append(r.Responses, Response{s.StatusCode, brief(translated(s.Description))})
	}
}
