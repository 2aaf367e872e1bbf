package eval

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"appserver/internal/advpl"
	"appserver/internal/advpl/code"
	"appserver/internal/advpl/compile"
	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// SyntaxError is the error of a text that does not compile.
type SyntaxError struct {
	Message string // what is wrong, and where, in UTF-8
}

func (e *SyntaxError) Error() string { return "syntax error: " + e.Message }

func syntaxErrorf(format string, args ...any) error {
	return &SyntaxError{source.ToUTF8(fmt.Sprintf(format, args...))}
}

// sourceName is the name of the source that evaluated statements are to the compiler,
// which takes them for TLPP.
const sourceName = "eval.tlpp"

// Beginnings of lines that are no expressions.
var (
	declares  = regexp.MustCompile(`(?im)^[ \t]*((user|static|main|project|template|html|web|rest)[ \t]+)?(function|class|method|wsrestful|wsservice|wsmethod|interface|namespace|using)[ \t]+[a-z_]`)
	localWord = regexp.MustCompile(`(?im)^([ \t]*)(local|static)([ \t]+[a-z_])`)
	statement = regexp.MustCompile(`(?i)^[ \t]*(if|for|while|do|begin|try|local|static|private|public|default|return|exit|loop|throw|break|\?)([^a-z0-9_(]|$)`)
)

// compile returns the function that stands for text, nil if there is nothing to run.
func (s *Session) compile(text string) (*code.Func, Kind, error) {
	switch {
	case strings.HasPrefix(strings.TrimLeft(text, " \t"), "#"):
		return nil, Nothing, s.direct(text)
	case isBlank(text):
		return nil, Nothing, nil
	case s.preamble == "" && len(s.options.Source.Defines) == 0:
		def, err := compile.Macro(advpl.Text(text).Text(), compile.MacroExpr)
		if err == nil {
			return def, Expression, nil
		}
		return s.statements(text, syntaxErrorf("%v", err))
	}
	def, err := s.body("Return " + text)
	if err == nil {
		return def, Expression, nil
	}
	return s.statements(text, err)
}

// isBlank tells whether a text is empty but for comments.
func isBlank(text string) bool {
	tokens, findings := preproc.Lex(&source.File{Name: sourceName, Text: text})
	return len(tokens) == 1 && !findings.Failed()
}

// statements compiles a text that is no expression for the reason why.
func (s *Session) statements(text string, why error) (*code.Func, Kind, error) {
	if declares.MatchString(text) {
		return nil, Nothing, syntaxErrorf("functions and classes cannot be declared here; load a source that has them")
	}
	def, err := s.body(localWord.ReplaceAllString(text, "${1}Private${3}"))
	if err == nil {
		return def, Statements, nil
	}
	if strings.Contains(text, "\n") || statement.MatchString(text) {
		why = err
	}
	return nil, Nothing, why
}

// direct takes directives for what comes after.
func (s *Session) direct(text string) error {
	before := s.preamble
	s.preamble += text + "\n"
	if _, err := s.body(""); err != nil {
		s.preamble = before
		return err
	}
	return nil
}

// body compiles the body of a function, after the directives. Its undeclared variables
// are those of the session, and so are its privates.
func (s *Session) body(text string) (*code.Func, error) {
	head := s.preamble + "Function __Eval()\n"
	u, findings := s.compiler.Source(sourceName, head+text+"\nReturn\n")
	if err := s.fault(findings, text, strings.Count(head, "\n")); err != nil {
		return nil, err
	}
	if u == nil || len(u.Funcs) != 1 || len(u.Classes)+len(u.Statics) > 0 {
		return nil, syntaxErrorf("only expressions, statements and directives can be evaluated")
	}
	def := u.Funcs[0]
	def.Kind = code.Macro
	def.Name = "{&}"
	return def, nil
}

// fault returns the first error among the findings about text after so many lines.
func (s *Session) fault(findings source.Findings, text string, before int) error {
	for _, f := range findings {
		if f.Severity != source.Error && f.Rule != preproc.MissingInclude && f.Rule != preproc.UnclosedString {
			continue
		}
		message := withoutLines(f.Message, before)
		if f.Hint != "" {
			message += "; " + f.Hint
		}
		line := int(f.Pos.Line) - before
		switch {
		case line <= 0 || f.Pos.File == nil || f.Pos.File.Name != sourceName:
			return syntaxErrorf("%s", message)
		case !strings.Contains(text, "\n"):
			return syntaxErrorf("%s in column %d", message, f.Pos.Col)
		}
		return syntaxErrorf("%s in line %d, column %d", message, line, f.Pos.Col)
	}
	return nil
}

// lineNumber matches where a message names a line.
var lineNumber = regexp.MustCompile(`\bline ([0-9]+)`)

// withoutLines returns a message with the numbers of lines less by n.
func withoutLines(message string, n int) string {
	return lineNumber.ReplaceAllStringFunc(message, func(found string) string {
		line, err := strconv.Atoi(found[len("line "):])
		if err != nil || line <= n {
			return found
		}
		return fmt.Sprintf("line %d", line-n)
	})
}
