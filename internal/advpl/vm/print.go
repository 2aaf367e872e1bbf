package vm

import "io"

// print writes values as ? and ?? do: separated by blanks, after a new line if
// line is set.
func (t *Thread) print(line bool, list []Value) error {
	var b []byte
	if line {
		b = append(b, '\n')
	}
	for i, v := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		text, err := t.shown(v)
		if err != nil {
			return err
		}
		b = append(b, text...)
	}
	if _, err := io.WriteString(t.opts.Stdout, string(b)); err != nil {
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
