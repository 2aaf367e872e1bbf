package httpport

import (
	"net/http"
	"strings"
)

const grpcContentType = "application/grpc"

// grpcPermissionDenied is the status of a call that the transport rules out
// (google.golang.org/grpc/codes).
const grpcPermissionDenied = "7"

// isGRPC reports whether r is a gRPC call: HTTP/2, and a Content-Type of
// application/grpc, bare or with a sub-format or parameters. application/
// grpc-web is another protocol.
func isGRPC(r *http.Request) bool {
	if r.ProtoMajor != 2 {
		return false
	}
	kind := r.Header.Get("Content-Type")
	if len(kind) < len(grpcContentType) || !strings.EqualFold(kind[:len(grpcContentType)], grpcContentType) {
		return false
	}
	rest := kind[len(grpcContentType):]
	return rest == "" || rest[0] == '+' || rest[0] == ';'
}

// requireTLS lets only calls over TLS reach next.
func requireTLS(next http.Handler) http.Handler {
	refuse := denyGRPC("this connection is not encrypted: use TLS, or set AllowPlain=1 in section [RPC] of the server's configuration")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil {
			refuse.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// denyGRPC ends calls with PERMISSION_DENIED and message, which must be
// printable ASCII without a percent sign: it is sent as it is. The answer has
// the form "Trailers-Only" of the gRPC over HTTP/2 specification.
func denyGRPC(message string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", grpcContentType)
		h.Set("Grpc-Status", grpcPermissionDenied)
		h.Set("Grpc-Message", message)
		w.WriteHeader(http.StatusOK)
	})
}
