package check

import (
	"appserver/internal/advpl/source"
	"appserver/internal/advpl/syntax"
)

// Check returns the warnings about a source that was parsed without errors, sorted;
// without those that o or the source's comments turn off. Code that comes from an
// included file is not looked at.
func Check(s *syntax.Source, o Options) source.Findings {
	c := &checker{src: s, options: o}
	c.names()
	for _, d := range s.Decls {
		c.decl(d)
	}
	c.undeclared()
	c.expressions()
	found := append(c.findings, scan(s.File).unknown...)
	found = o.Filter(found)
	found.Sort()
	return found
}

// checker is the state of one Check.
type checker struct {
	src      *syntax.Source
	options  Options
	findings source.Findings

	declared map[string]bool // keys of names that are declared for more than one function
	assigned map[string]bool // keys of undeclared names that are assigned
	uses     []use           // of undeclared names, the first of each function
}

// warn reports a warning of the rule, if it is on and its place is in the source
// itself. It returns the finding to add to, or nil.
func (c *checker) warn(pos source.Pos, rule, format string, args ...any) *source.Finding {
	if pos.File != c.src.File || !c.options.enabled(rule) {
		return nil
	}
	c.findings.Warnf(pos, rule, format, args...)
	return &c.findings[len(c.findings)-1]
}

// hint is warn with a hint.
func (c *checker) hint(pos source.Pos, rule, hint, format string, args ...any) {
	if f := c.warn(pos, rule, format, args...); f != nil {
		f.Hint = hint
	}
}

func (c *checker) decl(d syntax.Decl) {
	switch d := d.(type) {
	case *syntax.FuncDecl:
		c.function(d.NamePos, "function "+d.Name, d.Body, d.Params)
	case *syntax.MethodDecl:
		c.function(d.NamePos, "method "+d.Name, d.Body, d.Params, d.Receive, d.Send)
	}
}

// function checks a function or method.
func (c *checker) function(pos source.Pos, what string, body []syntax.Stmt, params ...[]*syntax.Param) {
	c.variables(params, body)
	if c.flow(body) == falls && returnsValue(body) {
		c.hint(pos, missingReturn, "end it with Return and a value, Return Nil for none",
			"%s returns a value on some ways, but not at its end", what)
	}
}
