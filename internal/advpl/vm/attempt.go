package vm

// Attempt evaluates the text of an expression as Macro does, but keeps its errors
// from the program: neither the error block nor a handler outside of the expression
// gets them. It is for natives that ask whether something can be evaluated; they
// find the *Error with errors.As and must pass on what is none, or fatal.
func (t *Thread) Attempt(text string) (Value, error) {
	mark := t.blockMark
	t.blockMark = len(t.handlers) + 1
	v, err := t.Macro(text)
	t.blockMark = mark
	return v, err
}
