package vm

import (
	"io"
	"strings"
)

// print writes values as ? and ?? do: separated by blanks, after a new line if
// line is set.
func (t *Thread) print(line bool, list []Value) error {
	parts := make([]string, 0, 2*len(list)+1)
	if line {
		parts = append(parts, "\n")
	}
	for i, v := range list {
		if i > 0 {
			parts = append(parts, " ")
		}
		text, err := t.shown(v)
		if err != nil {
			return err
		}
		parts = append(parts, text)
	}
	return t.Print(parts...)
}

// maxWrite is how many bytes go to Stdout at once.
const maxWrite = 64 << 10

// Print writes parts to Stdout, one after the other: at once if that is not much, else
// in pieces, between which it polls.
func (t *Thread) Print(parts ...string) error {
	total := 0
	for _, part := range parts {
		total += len(part)
	}
	if total <= maxWrite {
		return t.write(strings.Join(parts, ""))
	}
	for _, part := range parts {
		for part != "" {
			n := min(len(part), maxWrite)
			if err := t.write(part[:n]); err != nil {
				return err
			}
			if err := t.Poll(); err != nil {
				return err
			}
			part = part[n:]
		}
	}
	return nil
}

// write writes s to Stdout.
func (t *Thread) write(s string) error {
	if _, err := io.WriteString(t.opts.Stdout, s); err != nil {
		return Errorf(GenWrite, "?", "%w", err)
	}
	return nil
}

// shown returns the text of v as the library's cValToChar makes it.
func (t *Thread) shown(v Value) (string, error) {
	show := t.prog.lib.Funcs["CVALTOCHAR"]
	if v.IsStr() {
		return v.Text(), nil
	}
	if show == nil {
		return v.String(), nil
	}
	s, err := show(t, Args{v})
	if err != nil || !s.IsStr() {
		return v.String(), err
	}
	return s.Text(), nil
}
