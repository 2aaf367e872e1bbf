package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxURNs is how many routes LoadURNs can have.
const maxURNs = 5000

// urnMethods are the methods of HTTP that a route can have.
var urnMethods = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// urn is what LoadURNs says of one method of one path.
type urn struct {
	ProgramType *int // 0 is a function, 1 a method; nil: as ClassName says
	ClassName   string
	Function    string
	EndPoint    []string
}

// readURNs returns the routes that LoadURNs of a server holds, or the file that it names. If
// something is wrong there are none.
func (r *restReader) readURNs(s *section, written string) []RESTRoute {
	v := s.get("LoadURNs")
	if v == nil || written == "" || v.bad {
		return nil
	}
	text, problem := r.dataText(v, written)
	var list []RESTRoute
	if problem == "" {
		list, problem = parseURNs(s.name, text)
	}
	if problem == "" {
		return list
	}
	shown := *v
	shown.text = clip(shown.text)
	r.reportBad(&shown, problem, `{"/path/:id":{"GET":{"ClassName":"","Function":"U_NAME","EndPoint":["path",":id"]}}}, or the name of a file with it`)
	v.bad = true
	return nil
}

// parseURNs reads the routes of a server: methods by path, in the order of the text.
func parseURNs(server, text string) (list []RESTRoute, problem string) {
	paths, err := jsonMembers([]byte(text))
	if err != nil {
		return nil, "is no JSON object of paths: " + err.Error()
	}
	for _, p := range paths {
		verbs, err := jsonMembers(p.value)
		if err != nil {
			return nil, fmt.Sprintf("has at %q no JSON object of methods: %v", clip(p.name), err)
		}
		for _, verb := range verbs {
			route, problem := parseURN(p.name, verb)
			if problem != "" {
				return nil, fmt.Sprintf("has at %q, %q, %s", clip(p.name), clip(verb.name), problem)
			}
			route.Section = server
			if list = append(list, route); len(list) > maxURNs {
				return nil, fmt.Sprintf("has more than %d routes", maxURNs)
			}
		}
	}
	return list, ""
}

// parseURN reads what is said of one method.
func parseURN(path string, verb jsonMember) (route RESTRoute, problem string) {
	var u urn
	if err := json.Unmarshal(verb.value, &u); err != nil {
		return route, "what cannot be read: " + strings.TrimPrefix(err.Error(), "json: ")
	}
	method := strings.ToUpper(trim(verb.name))
	class, classProblem := parseFunction(u.ClassName)
	function, functionProblem := parseFunction(u.Function)
	switch {
	case !slices.Contains(urnMethods, method):
		return route, "which is no method of HTTP that routes can have"
	case classProblem != "":
		return route, "a ClassName that is none"
	case functionProblem != "" || function == "":
		return route, "no Function"
	case u.ProgramType != nil && *u.ProgramType != 0 && *u.ProgramType != 1:
		return route, "a ProgramType that is neither 0, a function, nor 1, a method of ClassName"
	case u.ProgramType != nil && *u.ProgramType == 1 && class == "":
		return route, "ProgramType 1 without ClassName"
	}
	if u.ProgramType != nil && *u.ProgramType == 0 {
		class = ""
	}
	return RESTRoute{Method: method, Path: path, EndPoint: u.EndPoint, Class: class, Function: function}, ""
}

// A jsonMember is a name of a JSON object with its value.
type jsonMember struct {
	name  string
	value json.RawMessage
}

// jsonMembers returns the members of a JSON object in their order. The error says why it is
// none, or which name is there twice.
func jsonMembers(text []byte) ([]jsonMember, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, fmt.Errorf("%.20q… begins otherwise", text)
	}
	var list []jsonMember
	seen := map[string]bool{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := jsonMember{name: name.(string)} // of an object, as the decoder checks
		if seen[m.name] {
			return nil, fmt.Errorf("%q is there twice", clip(m.name))
		}
		seen[m.name] = true
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("there is more behind its end")
	}
	return list, nil
}
