package rest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"appserver/internal/host"
)

// fakeServers notes what programs ask for, and answers with err.
type fakeServers struct {
	mu    sync.Mutex
	calls []string
	last  any
	err   error
}

func (f *fakeServers) Start(_ context.Context, by *host.Thread, s Start) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf("start %s %s %s", by.Environment(), s.JSON, s.Also))
	f.last = s.Token
	return f.err
}

func (f *fakeServers) Stop(_ context.Context, token any, names []string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprintf("stop %v %v", token == f.last, names))
	return f.err
}

const serverSource = `#include "tlpp-core.th"
#include "tlpp-rest.th"
@Get("/start")
User Function start()
	Local oServers := VdrCtrl():New()
	Local jConfig := JsonObject():New()
	Local n
	jConfig["HTTPSERVER"] := JsonObject():New()
	jConfig["HTTPSERVER"]["Servers"] := {"A", "B"}
	jConfig["A"] := JsonObject():New()
	jConfig["A"]["Port"] := 8080
	jConfig["A"]["HostName"] := "ação"
	n := oServers:Start(jConfig)
	oRest:setResponse(cValToChar(n) + "/" + cValToChar(oServers:nErr) + "/" + oServers:cErr)
	oServers:Stop()
	oServers:Stop(" A ")
Return
@Get("/classic")
User Function classic()
	oRest:setResponse(cValToChar(tlpp.rest.wsRestfulStart(JsonObject():New(), "/myrest")))
	tlpp.rest.wsRestfulStop()
Return
@Get("/wrong")
User Function wrong()
	VdrCtrl():New():Start("{}")
Return
@Get("/property")
User Function property()
	Local oServers := VdrCtrl():New()
	oServers:nErr := 1
Return
`

func TestServers(t *testing.T) {
	f := &fakeServers{}
	s := serveWith(t, Options{Servers: f}, map[string]string{"a.tlpp": serverSource})
	want(t, "success", s.get(200, "GET /start"), "0/0/")
	want(t, "the classic way", s.get(200, "GET /classic"), "0")
	want(t, "what was asked for", strings.Join(f.calls, "\n"), strings.Join([]string{
		`start P {"HTTPSERVER":{"Servers":["A","B"]},"A":{"Port":8080,"HostName":"ação"}} `,
		"stop true []",
		"stop true [A]",
		"start P {} /myrest",
		"stop true []",
	}, "\n"))

	f.err = &ServerError{NoAddress, "the port is taken: não"}
	want(t, "failure", s.get(200, "GET /start"), "3/3/the port is taken: n\xe3o")
	want(t, "failure of the classic way", s.get(200, "GET /classic"), "3")
	if _, err := s.do("", "GET /wrong"); err == nil || !strings.Contains(err.Error(), "JSON object") {
		t.Errorf("Start of a text: %v", err)
	}
	if _, err := s.do("", "GET /property"); err == nil || !strings.Contains(err.Error(), "NERR") {
		t.Errorf("nErr is set: %v", err)
	}
}

func TestNoServers(t *testing.T) {
	s := serveWith(t, Options{}, map[string]string{"a.tlpp": serverSource})
	want(t, "where nobody starts servers", s.get(200, "GET /start"), "1/1/nobody starts servers for programs here")
}
