// Package rpcv1 is the generated code of appserver.rpc.v1: the messages and the
// gRPC service by which the functions of an appserver's programs are called.
//
// docs/protocols/appserver/rpc/v1/rpc.proto is the source and holds the contracts;
// docs/protocols/rpc.md says how a client reaches the service.
package rpcv1

//go:generate sh ../../../generate.sh appserver/rpc/v1/rpc.proto
