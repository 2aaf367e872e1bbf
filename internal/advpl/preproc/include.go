package preproc

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"appserver/internal/advpl/source"
)

// MissingInclude is the Rule of the errors about included files that are not
// there, so that they can be told from others.
const MissingInclude = "missing-include"

// include reads the file of an #include.
func (p *preprocessor) include(n *line) {
	name, ok := includeName(n.tokens)
	if !ok {
		p.result.Findings = append(p.result.Findings, source.Finding{
			Pos: n.name.Pos, Message: "#include without a file name",
			Hint: `write #include "name.ch" or #include <name.ch>`,
		})
		return
	}
	if p.includes++; p.includes > maxIncludes {
		if p.includes == maxIncludes+1 {
			p.result.Findings.Errorf(n.name.Pos, "more than %d files are included", maxIncludes)
		}
		return
	}
	f, err := p.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		p.result.Findings = append(p.result.Findings, source.Finding{
			Pos: n.name.Pos, Rule: MissingInclude, Message: fmt.Sprintf("include file %s not found: %v", source.ToUTF8(name), err),
		})
	case err != nil:
		p.result.Findings.Errorf(n.name.Pos, "include file %s: %v", source.ToUTF8(name), err)
	default:
		if len(p.files) > 1 {
			p.opened = append(p.opened, opening{name, p.files[len(p.files)-1], f})
		}
		p.included(n, f)
	}
}

func (p *preprocessor) open(name string) (*source.File, error) {
	if p.options.Open == nil {
		return nil, fs.ErrNotExist
	}
	return p.options.Open(name, p.files[len(p.files)-1])
}

// included reads a file that was found.
func (p *preprocessor) included(n *line, f *source.File) {
	h := p.options.Cache.header(f)
	switch {
	case slices.ContainsFunc(p.files, h.same) && !p.guarded(h):
		p.result.Findings.Errorf(n.name.Pos, "include file %s includes itself", f.Name)
	case len(p.files) > maxIncludeDepth:
		p.result.Findings.Errorf(n.name.Pos, "include files are nested deeper than %d", maxIncludeDepth)
	case p.options.Cache == nil || len(p.files) > 1 || p.symbols.changed:
		p.header(h)
	default:
		p.first(h)
	}
}

// header applies the lines of a header.
func (p *preprocessor) header(h *header) {
	p.uses(h.file)
	p.files = append(p.files, h.file)
	outer := p.level
	p.level = len(p.conds)
	for i := range h.lines {
		p.line(&h.lines[i])
	}
	p.result.Findings = append(p.result.Findings, h.found...)
	p.closeConds()
	p.level = outer
	p.files = p.files[:len(p.files)-1]
}

// uses notes that a file is included.
func (p *preprocessor) uses(f *source.File) {
	if !slices.ContainsFunc(p.result.Includes, func(other *source.File) bool { return sameFile(f, other) }) {
		p.result.Includes = append(p.result.Includes, f)
	}
}

// first applies a header that is included by the source before it changed what
// is in force, from the cache if it knows what that does.
func (p *preprocessor) first(h *header) {
	base := p.symbols.base
	if s := p.options.Cache.snapshot(base, h); s != nil && p.holdsStill(s) {
		p.uses(h.file)
		for _, o := range s.opened {
			p.uses(o.file)
		}
		p.includes += len(s.opened)
		p.symbols = upon(s.after)
		return
	}
	tokens, found := len(p.result.Tokens), len(p.result.Findings)
	p.opened = nil
	p.header(h)
	if len(p.result.Tokens) == tokens && len(p.result.Findings) == found {
		s := p.options.Cache.keep(base, h, &snapshot{p.symbols.flat(), p.opened})
		p.symbols = upon(s.after)
	}
}

// holdsStill tells whether the files that the include read would be the same
// now.
func (p *preprocessor) holdsStill(s *snapshot) bool {
	for _, o := range s.opened {
		f, err := p.options.Open(o.name, o.from)
		if err != nil || !sameFile(f, o.file) || sameFile(f, p.files[0]) {
			return false
		}
	}
	return true
}

// guarded tells whether a header begins with an #ifndef of a name that is
// defined, so that reading it again does nothing.
func (p *preprocessor) guarded(h *header) bool {
	if len(h.lines) == 0 || h.lines[0].directive != dirIfndef {
		return false
	}
	t := &h.lines[0].tokens[0]
	return t.Kind == Ident && p.symbols.defined(t.Text) != nil
}

// includeName returns the name of the file in "x", 'x' or <x>.
func includeName(tokens []Token) (string, bool) {
	if tokens[0].Kind == String {
		return tokens[0].Text, tokens[0].Text != ""
	}
	end := slices.IndexFunc(tokens, func(t Token) bool { return t.Kind == Greater })
	if tokens[0].Kind != Less || end < 2 {
		return "", false
	}
	return text(tokens[1:end]), true
}
