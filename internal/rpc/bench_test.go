package rpc

import (
	"bytes"
	"context"
	"testing"

	rpcv1 "appserver/api/appserver/rpc/v1"
	"appserver/internal/auth"
)

// BenchmarkCall measures what a call costs beside its transport.
func BenchmarkCall(b *testing.B) {
	s := newSite(b, program, nil)
	ctx := context.WithValue(b.Context(), callerKey{}, caller{Principal: auth.Principal{Name: "tester", Method: auth.Token}})
	r := &rpcv1.CallRequest{Function: "U_ECHO", Arguments: []*rpcv1.Value{{Kind: &rpcv1.Value_Cp1252{Cp1252: bytes.Repeat([]byte("x"), 1024)}}}}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.server.Call(ctx, r); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
