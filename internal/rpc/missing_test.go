package rpc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/host"
)

// The error of an unknown function names those that the caller may have meant, as far as they
// may be called.
func TestMissing(t *testing.T) {
	const orders = `
namespace sales.orders
User Function Total()
Return 1
Function Hidden()
Return 2
`
	s := newSite(t, program+"\nStatic Function Inner()\nReturn 3\n", func(e *host.Environment) {
		if err := os.WriteFile(filepath.Join(e.Source, "orders.tlpp"), []byte(orders), 0o644); err != nil {
			t.Fatal(err)
		}
	})
	s.change(func(set *Settings) { set.Deny = []string{"*HIDDEN"} })
	for function, want := range map[string]string{
		"Echo":                   "is it U_ECHO?",
		"U_Ação":                 `"U_Ação"`,
		"echo()":                 "is it U_ECHO?",
		"U_Total":                "is it SALES.ORDERS.U_TOTAL?",
		"Total":                  "is it SALES.ORDERS.U_TOTAL?",
		"other.space.Total":      "is it SALES.ORDERS.U_TOTAL?",
		"Hidden":                 "U_ before",
		"Inner":                  "static functions cannot be called",
		"X.Internal":             "U_ before",
		"":                       "U_ before",
		".":                      "U_ before",
		strings.Repeat("é", 999): "U_ before",
	} {
		_, err := s.call(function)
		text := status.Convert(err).Message()
		if status.Code(err) != codes.NotFound || !strings.Contains(text, want) || !strings.Contains(text, "in environment ENV") {
			t.Errorf("%.20q: %v; want NotFound with %q and the environment", function, err, want)
		}
		if strings.Contains(text, "ORDERS.HIDDEN") {
			t.Errorf("%.20q: %v names a function that may not be called", function, err)
		}
	}
	s.change(func(set *Settings) { set.Allow = []string{"U_COUNT"} })
	if _, err := s.call("Echo"); strings.Contains(err.Error(), "U_ECHO") {
		t.Errorf("the error names a function that is not allowed: %v", err)
	}
}

// A client that numbers no calls learns what is wanted.
func TestCallWithoutNumber(t *testing.T) {
	s := newSite(t, program, nil)
	stream, err := s.client.Session(s.ctx())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*rpcv1.SessionRequest{
		{Message: &rpcv1.SessionRequest_Open{Open: &rpcv1.Open{}}},
		{Message: &rpcv1.SessionRequest_Call{Call: &rpcv1.SessionCall{Function: "U_COUNT"}}},
	} {
		if err := stream.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	for err == nil {
		_, err = stream.Recv()
	}
	if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "begin with 1") {
		t.Errorf("a call without a number: %v; want InvalidArgument that says how numbers begin", err)
	}
}
