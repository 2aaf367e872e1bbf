package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"

	"appserver/bench/lab"
)

// configuration of the server. By default anybody may call: what is measured is the way
// through the engine and the program, which the bare server has a counterpart of.
const configuration = `[General]
DataPath=data
App_Environment=BENCH
[TCP]
IP=127.0.0.1
Port=0
[Metrics]
Enable=0
[SSLConfigure]
CertificateServer=server.pem
KeyServer=server.key
[REST]
Security=%d
Instances=8,32,1,1
[BENCH]
SourcePath=src
`

const program = `
#include "tlpp-core.th"
#include "tlpp-rest.th"

@Post("/orders/:id")
User Function Order()
	Local jOrder := JsonObject():New()
	Local jParams := oRest:getPathParamsRequest()
	Local jAnswer := JsonObject():New()
	Local nTotal := 0
	Local n
	Local cFault := jOrder:FromJson(oRest:getBodyRequest())
	If cFault != Nil
		oRest:setStatusCode(400)
		Return oRest:setResponse('{"code":400,"message":"no JSON","detailedMessage":""}')
	EndIf
	For n := 1 To Len(jOrder["items"])
		nTotal += jOrder["items"][n]["quantity"] * jOrder["items"][n]["price"]
	Next
	jAnswer["id"] := jParams["id"]
	jAnswer["customer"] := jOrder["customer"]
	jAnswer["total"] := Round(nTotal, 2)
	oRest:setKeyHeaderResponse("Content-Type", "application/json")
Return oRest:setResponse(jAnswer:ToJson())
`

// prepare builds the server under test, and writes what it needs.
func (b *bench) prepare() (err error) {
	if b.binary, err = lab.BuildAppserver(b.dir); err != nil {
		return err
	}
	security := 1
	if b.access == accessNone {
		security = 0
	}
	if b.ini, err = lab.Write(b.dir, "app.ini", fmt.Sprintf(configuration, security)); err != nil {
		return err
	}
	if _, err := lab.Write(b.dir, "src/order.tlpp", program); err != nil {
		return err
	}
	return b.command(password, b.binary, "user", "add", user, "--config", b.ini)
}

// startAppserver starts the server under test.
func (b *bench) startAppserver() (*lab.Server, error) {
	cmd := exec.Command(b.binary, "serve", "--config", b.ini)
	cmd.Dir = b.dir
	s, err := lab.Start(cmd, lab.Listening)
	if err != nil {
		return nil, err
	}
	if err = b.signIn(s); err == nil && !b.log {
		err = b.command("", b.binary, "log-level", "warn", "--config", b.ini)
	}
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// command runs a command to its end.
func (b *bench) command(input, binary string, args ...string) error {
	cmd := exec.Command(binary, args...)
	cmd.Dir, cmd.Stdin = b.dir, strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", args[0], err, out)
	}
	return nil
}

// order is what a client sends.
type order struct {
	Customer string `json:"customer"`
	Items    []struct {
		Product  string  `json:"product"`
		Quantity float64 `json:"quantity"`
		Price    float64 `json:"price"`
	} `json:"items"`
	Note string `json:"note"`
}

// summary is what it gets.
type summary struct {
	ID       string  `json:"id"`
	Customer string  `json:"customer"`
	Total    float64 `json:"total"`
}

// serveBare serves the same with net/http alone.
func serveBare(dir string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rest/orders/{id}", answer)
	server := &http.Server{Handler: mux, TLSConfig: &tls.Config{NextProtos: []string{"http/1.1"}}}
	lab.Announce(l.Addr())
	return server.ServeTLS(l, filepath.Join(dir, lab.CertificateFile), filepath.Join(dir, lab.KeyFile))
}

func answer(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	var o order
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s := summary{ID: r.PathValue("id"), Customer: o.Customer}
	for _, item := range o.Items {
		s.Total += item.Quantity * item.Price
	}
	s.Total = math.Round(s.Total*100) / 100
	answer, err := json.Marshal(s)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // the client may be gone: nobody is left to tell
}
