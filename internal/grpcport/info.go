package grpcport

import (
	"context"
	"crypto/tls"

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
	state, ok := tlsOf(ctx)
	if !ok {
		return &appserverv1.Connection{}
	}
	c := &appserverv1.Connection{
		Encrypted:   true,
		TlsVersion:  tls.VersionName(state.Version),
		CipherSuite: tls.CipherSuiteName(state.CipherSuite),
		Alpn:        state.NegotiatedProtocol,
	}
	if state.CurveID != 0 {
		c.KeyExchange = state.CurveID.String()
	}
	if len(state.VerifiedChains) > 0 {
		c.ClientSubject = state.PeerCertificates[0].Subject.String()
	}
	return c
}
