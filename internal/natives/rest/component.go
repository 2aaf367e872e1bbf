package rest

import (
	"net/http"
	"strings"

	"appserver/internal/advpl/lib"
	"appserver/internal/advpl/vm"
)

// component is an object of _ADVPL_create_component: a JSON object that is read by paths,
// or the answer of a Logix function.
type component struct {
	class string // logixJSON or logixResponse

	json vm.Value // of ACTIVATE; NIL before that

	payload         vm.Value // JSON; NIL: none
	hasNext         vm.Value // logical; NIL: it was not set
	status          int      // 0: not set
	message, detail string
	code            vm.Value // of the message; NIL: the status
}

const (
	logixJSON     = "LJSONOBJECT"
	logixResponse = "LRESTLOGIXRESPONSE"
)

// componentBytes is about what a component takes without what it holds.
const componentBytes = 256

// _ADVPL_create_component(xParent, cClass) → a component: an object whose properties
// _ADVPL_get_property and _ADVPL_set_property read and set. xParent does not count. The
// classes are LJSONOBJECT and LRESTLOGIXRESPONSE, in any case; others, those of screens among
// them, are an error. Source: TDN; which classes there are, decided here.
func createComponent(t *vm.Thread, a vm.Args) (vm.Value, error) {
	name, err := lib.ArgText("_ADVPL_CREATE_COMPONENT", a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	switch class := upper(strings.TrimSpace(name)); class {
	case logixJSON, logixResponse:
		if err := t.Charge(componentBytes); err != nil {
			return vm.Value{}, err
		}
		return vm.NewNative(&component{class: class}), nil
	}
	return vm.Value{}, vm.Errorf(vm.GenUnsupported, "_ADVPL_CREATE_COMPONENT", "there is no component %.40s: %s and %s are those that there are", name, logixJSON, logixResponse)
}

// componentOf returns the component in v.
func componentOf(v vm.Value) (*component, bool) {
	if v.Kind() != vm.Object {
		return nil, false
	}
	c, ok := v.Object().Native.(*component)
	return c, ok
}

func (c *component) ClassName() string { return c.class }

// Walk visits the values of the component.
func (c *component) Walk(visit func(vm.Value)) int {
	visit(c.json)
	visit(c.payload)
	visit(c.code)
	return componentBytes + len(c.message) + len(c.detail)
}

// Get is o:name. Properties are those of _ADVPL_get_property.
func (c *component) Get(_ *vm.Thread, name string) (vm.Value, error) {
	return vm.Value{}, vm.Errorf(vm.GenNoVarMethod, name, "component %s has no property %s: use _ADVPL_get_property", c.class, name)
}

// Set is o:name := x.
func (c *component) Set(_ *vm.Thread, name string, _ vm.Value) error {
	return vm.Errorf(vm.GenNoVarMethod, name, "component %s has no property %s: use _ADVPL_set_property", c.class, name)
}

// Send is o:name(). There are no methods.
func (c *component) Send(_ *vm.Thread, name string, _ vm.Args) (vm.Value, error) {
	return vm.Value{}, vm.Errorf(vm.GenNoMethod, name, "component %s has no method %s: use _ADVPL_get_property", c.class, name)
}

// _ADVPL_get_property(oComponent, cProperty[, x…]) → a property of a component. Of LJSONOBJECT,
// and of any JSON object, as the argument of a Logix function is one:
//
//	ACTIVATE, cJson               reads JSON; whether it is any
//	VALUE, cPath                  the value at the path, NIL if there is none
//	LENGTH, cPath                 how many elements the array there has; 0 if there is none
//	PROPERTIES, cPath[, lFull]    an array of the names there, with the path before each unless
//	                              lFull is .F.
//	SERIALIZE[, cPath]            the JSON text of all, or of the value at the path
//
// A path names the way from the outermost value, with / between names and [n] after the name
// of an array for its element n, from 1: "payload/list[1]/field", "pathParams[1]". Names are
// found in any case if none is written the same. [n] after the name of an object is its n-th
// name as an array {cName, xValue}: "queryParams[1][2]". Of LRESTLOGIXRESPONSE there is GENERATE:
// the text of the answer, in UTF-8; the request that the thread answers gets its status.
// Other properties are an error. Source: TDN; JSON objects, names in other case, objects
// with [n] and the errors, decided here.
func getProperty(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "_ADVPL_GET_PROPERTY"
	name, err := lib.ArgText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	name = upper(strings.TrimSpace(name))
	c, ok := componentOf(a.Get(0))
	switch {
	case !ok:
		if _, is := lib.JSONMembers(a.Get(0)); !is {
			return vm.Value{}, vm.ArgError(fn, a, 0, "a component or a JSON object")
		}
		return jsonProperty(t, a.Get(0), name, a)
	case c.class == logixResponse && name == "GENERATE":
		s, err := c.text(t)
		return vm.Str(s), err
	case c.class == logixJSON && name == "ACTIVATE":
		return c.activate(t, a)
	case c.class == logixJSON:
		return jsonProperty(t, c.json, name, a)
	}
	return vm.Value{}, noProperty(fn, c.class, name)
}

func noProperty(fn, class, name string) error {
	return vm.Errorf(vm.GenNoVarMethod, fn, "component %s has no property %.40s for %s", class, name, fn)
}

// activate reads JSON.
func (c *component) activate(t *vm.Thread, a vm.Args) (vm.Value, error) {
	v, err := jsonArgument(t, "_ADVPL_GET_PROPERTY", a, 2)
	if err != nil {
		if fatal(t, err) {
			return vm.Value{}, err
		}
		return vm.Bool(false), nil
	}
	c.json = v
	return yes, nil
}

// jsonArgument returns the JSON value that an argument is, or that its text says. An error
// that is not the thread's says what is wrong with the text.
func jsonArgument(t *vm.Thread, fn string, a vm.Args, i int) (vm.Value, error) {
	v := a.Get(i)
	if _, is := lib.JSONMembers(v); is || v.Kind() == vm.Array {
		return v, nil
	}
	s, err := lib.ArgText(fn, a, i)
	if err != nil {
		return vm.Value{}, err
	}
	return lib.ParseJSON(t, strings.TrimSpace(s))
}

// _ADVPL_set_property(oComponent, cProperty, x…) → .T.; a property of a LRESTLOGIXRESPONSE is set:
//
//	PAYLOAD, xJson[, cPath]           the content of the answer, JSON text or a JSON object or array:
//	                                  the value at the path of it, if there is one, else all of it
//	MESSAGE, cMessage, xStatus[, cDetail], or MESSAGE, cMessage, cDetail, xCode
//	                                  the answer is an error: {"code", "message", "detailedMessage"}
//	STATUS, xStatus                   the status, a number or its digits
//	HAS_NEXT, lHasNext                the content is a list, of which there is more or not: the
//	                                  answer is {"items": […], "hasNext": …}
//
// A message with a status below 400 has the status 500. JSON that is none, a status that is
// none, and other properties are errors. Source: TDN, which has both orders of MESSAGE; the
// form of the answer, and errors, decided here.
func setProperty(t *vm.Thread, a vm.Args) (vm.Value, error) {
	const fn = "_ADVPL_SET_PROPERTY"
	c, ok := componentOf(a.Get(0))
	if !ok {
		return vm.Value{}, vm.ArgError(fn, a, 0, "a component")
	}
	name, err := lib.ArgText(fn, a, 1)
	if err != nil {
		return vm.Value{}, err
	}
	name = upper(strings.TrimSpace(name))
	if c.class != logixResponse {
		return vm.Value{}, noProperty(fn, c.class, name)
	}
	switch name {
	case "PAYLOAD":
		return yes, c.setPayload(t, fn, a)
	case "MESSAGE":
		return yes, c.setMessage(t, fn, a)
	case "STATUS":
		return yes, c.setStatus(fn, a)
	case "HAS_NEXT":
		on, err := lib.OptBool(fn, a, 2, true)
		c.hasNext = vm.Bool(on)
		return yes, err
	}
	return vm.Value{}, noProperty(fn, c.class, name)
}

func (c *component) setPayload(t *vm.Thread, fn string, a vm.Args) error {
	v, err := jsonArgument(t, fn, a, 2)
	if err != nil {
		if fatal(t, err) {
			return err
		}
		return vm.Errorf(vm.GenArg, fn, "the payload is not JSON: %v", err)
	}
	path, err := lib.OptText(fn, a, 3, "")
	if err != nil {
		return err
	}
	c.payload = v
	if path == "" {
		return nil
	}
	at, found, err := walk(fn, v, path)
	if found {
		c.payload = at
	}
	return err
}

// setMessage takes message, status and detail, or message, detail and code: what is the
// status of an answer is taken for that.
func (c *component) setMessage(t *vm.Thread, fn string, a vm.Args) error {
	message, err := lib.OptText(fn, a, 2, "")
	if err != nil {
		return err
	}
	c.message = message
	if status := intIn(a.Get(3)); status >= 200 && status <= 599 {
		c.status, c.detail, c.code = status, textIn(a.Get(4)), vm.Value{}
		return nil
	}
	c.detail, c.code = textIn(a.Get(3)), vm.Value{}
	if v := a.Get(4); v.IsStr() || v.IsNum() {
		c.code = v
	}
	return nil
}

func (c *component) setStatus(fn string, a vm.Args) error {
	n := intIn(a.Get(2))
	if n < 200 || n > 599 {
		return vm.ArgError(fn, a, 2, "a status from 200 to 599")
	}
	c.status = n
	return nil
}

// text returns the text of the answer, in UTF-8, and gives its status to the request of
// the thread, if there is one.
func (c *component) text(t *vm.Thread) (string, error) {
	if c.class != logixResponse {
		return jsonBody(t, c.json)
	}
	status := c.answerStatus()
	v, err := c.content(t, status)
	if err != nil {
		return "", err
	}
	if r := requestOf(t); r != nil {
		r.status(status)
	}
	if v.IsNil() {
		return "", nil
	}
	return jsonBody(t, v)
}

func (c *component) answerStatus() int {
	switch {
	case c.message != "" && c.status < http.StatusBadRequest:
		return http.StatusInternalServerError
	case c.status == 0:
		return http.StatusOK
	}
	return c.status
}

// content returns what the answer says.
func (c *component) content(t *vm.Thread, status int) (vm.Value, error) {
	switch {
	case c.message != "":
		f := fault{code: c.code, message: c.message, detail: c.detail}
		if f.code.IsNil() {
			f.code = vm.Int(status)
		}
		return f.object(t)
	case c.hasNext.IsNil():
		return c.payload, nil
	}
	items, ok := elements(c.payload)
	if !ok {
		items = []vm.Value{c.payload}
	}
	if c.payload.IsNil() {
		items = nil
	}
	return jsonWith(t, member{"items", vm.NewArray(items)}, member{"hasNext", c.hasNext})
}
