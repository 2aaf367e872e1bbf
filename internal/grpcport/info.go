package grpcport

import (
	"context"
	"crypto/tls"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	appserverv1 "appserver/api/appserver/v1"
)

// info is appserver.v1.Server.
type info struct {
	appserverv1.UnimplementedServerServer
	opts *Options
}

// Info implements appserver.v1.Server.
func (i *info) Info(ctx context.Context, _ *appserverv1.InfoRequest) (*appserverv1.InfoResponse, error) {
	resp := &appserverv1.InfoResponse{
		Name:               i.opts.Name,
		Version:            i.opts.Version,
		StartedUnixSeconds: i.opts.Started.Unix(),
		Features:           i.opts.Features,
		Connection:         connectionOf(ctx),
	}
	for _, p := range i.opts.Protocols {
		resp.Protocols = append(resp.Protocols, &appserverv1.Protocol{Name: p.Name, MinVersion: p.Min, MaxVersion: p.Max})
	}
	return resp, nil
}

// connectionOf describes the connection of the call whose context ctx is.
func connectionOf(ctx context.Context) *appserverv1.Connection {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return &appserverv1.Connection{}
	}
	auth, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok {
		return &appserverv1.Connection{}
	}
	c := &appserverv1.Connection{
		Encrypted:   true,
		TlsVersion:  tls.VersionName(auth.State.Version),
		CipherSuite: tls.CipherSuiteName(auth.State.CipherSuite),
		Alpn:        auth.State.NegotiatedProtocol,
	}
	if auth.State.CurveID != 0 {
		c.KeyExchange = auth.State.CurveID.String()
	}
	if len(auth.State.VerifiedChains) > 0 {
		c.ClientSubject = auth.State.PeerCertificates[0].Subject.String()
	}
	return c
}
