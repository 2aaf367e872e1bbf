// Package appserverv1 is the generated code of appserver.v1: the messages and
// the gRPC services by which an appserver describes itself.
//
// docs/protocols/appserver/v1/server.proto is the source and holds the contracts;
// docs/protocols/rpc.md says how a client reaches the services.
package appserverv1

//go:generate sh ../../generate.sh appserver/v1/server.proto
