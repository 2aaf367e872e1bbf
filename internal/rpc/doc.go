// Package rpc calls functions of programs over gRPC: the service
// appserver.rpc.v1.RPC, which runs them in threads of the host, and its client.
//
// docs/protocols/rpc.md is the specification, with
// docs/protocols/appserver/rpc/v1/rpc.proto.
package rpc
