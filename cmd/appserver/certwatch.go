package main

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"appserver/internal/certs"
	"appserver/internal/monitor"
	"appserver/internal/webapp"
)

// maintenance is how often the end of certificates is looked at.
const maintenance = 10 * time.Minute

// newWatcher makes the watcher of the files that the port's pair came from.
func (d *daemon) newWatcher(s *security) *certs.Watcher {
	log := d.root.Named("ssl")
	return certs.NewWatcher(d.pair, s.portSource(), certs.WatchOptions{
		OnSwap: func(old, pair *certs.Pair, findings []certs.Finding) {
			log.Info("the certificate was exchanged; connections that exist go on", pairFields(pair)...)
			logCertFindings(log, findings)
			d.misses.Forget(pair)
			d.metrics.CertificateReloaded(true)
			d.metrics.SetCertificates(d.certificatesInUse())
		},
		OnFault: func(err error, findings []certs.Finding) {
			logCertFindings(log, findings)
			log.Error("the changed certificate cannot be used; the old one stays", zap.Error(err))
			d.metrics.CertificateReloaded(false)
		},
	})
}

func logCertFindings(log *zap.Logger, findings []certs.Finding) {
	for _, f := range findings {
		if f.Level >= certs.Warning {
			log.Warn((&certs.Fault{Finding: f}).Error())
		}
	}
}

// pairFields describes a pair in the log.
func pairFields(p *certs.Pair) []zap.Field {
	leaf := p.Certificate.Leaf
	return []zap.Field{
		zap.String("origin", p.Origin.String()), zap.String("file", p.CertFile),
		zap.Strings("names", namesOf(leaf)), zap.Time("until", leaf.NotAfter), zap.String("serial", serialOf(leaf)),
	}
}

// watchCertificates exchanges the pairs of the port and of listeners of their own when their
// files change, until ctx ends.
func (d *daemon) watchCertificates(ctx context.Context) {
	var running sync.WaitGroup
	if d.watch != nil {
		running.Go(func() { d.watch.Run(ctx) })
	}
	for _, l := range d.apis {
		if l.watch != nil {
			running.Go(func() { l.watch.Run(ctx) })
		}
	}
	running.Wait()
}

// maintainCertificates warns of the end of the pair in use, and renews those of
// the local authority.
func (d *daemon) maintainCertificates(ctx context.Context) {
	shown := d.pairs()
	if len(shown) == 0 {
		return
	}
	reminders := make([]certs.Reminder, len(shown))
	for i, pair := range shown {
		reminders[i].Due(pair, time.Now()) // the findings of the start have told it
	}
	local := openLocal(d.boot, d.dir.Path("")) // kept: it remembers the addresses that were there
	tick := time.NewTicker(maintenance)
	defer tick.Stop()
	for {
		d.logRenewal(local.RenewIfDue(ctx, time.Now()))
		for i, pair := range d.pairs() { // always as many, in the same order
			if text, due := reminders[i].Due(pair, time.Now()); due {
				d.root.Named("ssl").Warn(text)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// startRenewal bounds the renewal before the start, which another process may
// hold up.
const startRenewal = 5 * time.Second

// renewAtStart renews what is due of the local authority in folder.
func renewAtStart(folder string) (*certs.Pair, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startRenewal)
	defer cancel()
	return certs.OpenLocal(folder).RenewIfDue(ctx, time.Now())
}

// logRenewal tells that the local authority has made a new certificate, which
// the watcher then takes into use, or why it could not.
func (d *daemon) logRenewal(pair *certs.Pair, err error) {
	log := d.root.Named("ssl")
	switch {
	case err != nil:
		log.Error("the certificate made here could not be renewed", zap.Error(err))
	case pair != nil:
		log.Info("the certificate made here was renewed", pairFields(pair)...)
	}
}

// certificatesInUse describes the pairs that are shown, of the port and of listeners of
// their own, for metrics.
func (d *daemon) certificatesInUse() (list []monitor.CertInfo) {
	for _, pair := range d.pairs() {
		list = append(list, describePair(pair))
	}
	return list
}

// pairs returns the pairs in use.
func (d *daemon) pairs() (list []*certs.Pair) {
	if d.pair != nil {
		list = append(list, d.pair.Pair())
	}
	for _, l := range d.apis {
		if l.pair != nil {
			list = append(list, l.pair.Pair())
		}
	}
	return list
}

// certificates describes the pairs in use for status, each once.
func (d *daemon) certificates() []monitor.CertInfo {
	if d.pair == nil {
		return d.apiCertificates(nil)
	}
	return append([]monitor.CertInfo{d.portCertificate()}, d.apiCertificates([]*certs.Pair{d.pair.Pair()})...)
}

// portCertificate describes the pair of the port.
func (d *daemon) portCertificate() monitor.CertInfo {
	info := describePair(d.pair.Pair())
	if err := d.watch.Fault(); err != nil {
		info.Refused = oneLine(err.Error())
	}
	for _, m := range d.misses.List() {
		info.Uncovered = append(info.Uncovered, monitor.UncoveredName{Host: m.Host, Count: m.Count, Last: m.Last})
	}
	return info
}

// describePair describes a pair to operators.
func describePair(pair *certs.Pair) monitor.CertInfo {
	leaf := pair.Certificate.Leaf
	info := monitor.CertInfo{
		Source: pageOrigin(pair.Origin), File: pair.CertFile, Subject: leaf.Subject.String(), Issuer: leaf.Issuer.String(),
		Serial: serialOf(leaf), NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter,
		Names: namesOf(leaf), Key: certs.KeyKind(leaf.PublicKey), CASHA256: fingerprint(pair.CA),
	}
	for _, der := range pair.Certificate.Certificate {
		if c, err := x509.ParseCertificate(der); err == nil {
			info.Chain = append(info.Chain, monitor.ChainCert{Subject: c.Subject.String(), Issuer: c.Issuer.String(), NotAfter: c.NotAfter})
		}
	}
	return info
}

func serialOf(c *x509.Certificate) string { return hex.EncodeToString(c.SerialNumber.Bytes()) }

// namesOf returns the names and addresses that c is for.
func namesOf(c *x509.Certificate) []string {
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// pageCertificate is the port's certificate as the page shows it.
func (d *daemon) pageCertificate() webapp.Certificate {
	if d.pair == nil {
		return webapp.Certificate{}
	}
	pair := d.pair.Pair()
	return webapp.Certificate{Leaf: pair.Certificate.Leaf, Origin: pageOrigin(pair.Origin), CA: pair.CA}
}

// pageOrigin is what a certificate's origin is called on pages and in metrics.
func pageOrigin(o certs.Origin) string {
	switch o {
	case certs.FromBundledFile, certs.FromEmbedded:
		return "bundled"
	case certs.SelfSigned:
		return "self-signed"
	case certs.FromLocal:
		return "local"
	default:
		return "configured"
	}
}

// fingerprint is the SHA-256 sum of a certificate in PEM, as browsers show it;
// "" if there is none.
func fingerprint(certificate []byte) string {
	block, _ := pem.Decode(certificate)
	if block == nil {
		return ""
	}
	sum := sha256.Sum256(block.Bytes)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}
