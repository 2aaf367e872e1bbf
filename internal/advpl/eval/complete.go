package eval

import (
	"slices"
	"strings"

	"appserver/internal/advpl/code"
	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// mostCompletions is how many names Complete returns at most.
const mostCompletions = 200

// Complete returns what a line that ends within a name may become: with the functions
// and classes of the program and the library, the variables of the session and, after a
// colon, the members of the object in a variable. What is added is in upper case if the
// name is, else in lower case. Nothing is evaluated.
func (s *Session) Complete(line string) []string {
	head, word := splitName(line)
	var names []string
	if object, ok := strings.CutSuffix(head, ":"); ok {
		_, object = splitName(object)
		names = s.members(object)
	} else if word != "" {
		names = s.names()
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !hasPrefixFold(name, word) })
	slices.Sort(names)
	names = slices.Compact(names)
	names = names[:min(len(names), mostCompletions)]
	for i, name := range names {
		names[i] = head + word + likeCase(name[len(word):], word)
	}
	return names
}

// splitName splits a line before the name at its end.
func splitName(line string) (head, name string) {
	i := len(line)
	for i > 0 && isNameByte(line[i-1]) {
		i--
	}
	return line[:i], line[i:]
}

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// likeCase returns rest, in upper case, in the case of the word that it ends.
func likeCase(rest, word string) string {
	if word != "" && word == strings.ToUpper(word) {
		return rest
	}
	return strings.ToLower(rest)
}

// names returns, in upper case, what an expression can begin with; calls have a (.
func (s *Session) names() []string {
	var names []string
	for _, u := range s.program.Units() {
		for _, f := range u.Funcs {
			if f.Kind == code.Function {
				names = append(names, f.Name+"(")
			}
		}
	}
	for _, c := range s.program.Classes() {
		names = append(names, c.Name()+"():")
	}
	library := lib.Library()
	for name := range library.Funcs {
		names = append(names, name+"(")
	}
	for name := range library.Classes {
		names = append(names, name+"():")
	}
	for _, v := range s.Thread().MemVars() {
		names = append(names, v.Name)
	}
	return names
}

// members returns the names of what the object in a variable has.
func (s *Session) members(variable string) []string {
	v, ok := s.Thread().MemVar(variable)
	if variable == "" || !ok || v.Kind() != vm.Object || v.Object().Class == nil {
		return nil
	}
	class := v.Object().Class
	names := class.DataNames()
	for _, name := range class.MethodNames() {
		names = append(names, name+"(")
	}
	return names
}
