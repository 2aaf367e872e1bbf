package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"appserver/internal/smartclient"
)

const defaultPort = "5012"

// pingOptions are what a command line asks for.
type pingOptions struct {
	host, port string

	plain      bool
	noALPN     bool
	insecure   bool
	ca         string // file of authorities to trust instead of the system's
	serverName string // what the certificate is checked for; host if empty
	count      int    // 0: until interrupted
	interval   time.Duration
	timeout    time.Duration // to connect and be greeted, and for each answer
	output     string        // text or json

	roots *x509.CertPool // of ca, nil for the system's
}

func (o *pingOptions) target() string { return net.JoinHostPort(o.host, o.port) }

// name returns what the server's certificate must be for.
func (o *pingOptions) name() string {
	if o.serverName != "" {
		return o.serverName
	}
	host, _, _ := strings.Cut(o.host, "%") // a zone is this machine's own affair
	return host
}

func pingCommand() *cobra.Command {
	var o pingOptions
	cmd := &cobra.Command{
		Use:   "ping HOST[:PORT]",
		Short: say(msgPingShort),
		Long:  say(msgPingLong),
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(args[0]); err != nil {
				return err
			}
			p := &pinger{pingOptions: o, out: newOutput(o.output, cmd.OutOrStdout()), now: time.Now}
			if code := p.run(cmd.Context()); code != exitOK {
				return exit(code)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.plain, "plain", false, say(msgFlagPlain))
	f.BoolVar(&o.noALPN, "no-alpn", false, say(msgFlagNoALPN))
	f.BoolVar(&o.insecure, "insecure", false, say(msgFlagInsecure))
	f.StringVar(&o.ca, "ca", "", say(msgFlagCA))
	f.StringVar(&o.serverName, "server-name", "", say(msgFlagServerName))
	f.IntVarP(&o.count, "count", "n", 4, say(msgFlagCount))
	f.DurationVar(&o.interval, "interval", time.Second, say(msgFlagInterval))
	f.DurationVar(&o.timeout, "timeout", 5*time.Second, say(msgFlagTimeout))
	f.StringVarP(&o.output, "output", "o", "text", say(msgFlagOutput))
	return cmd
}

// complete checks the options and reads what they refer to.
func (o *pingOptions) complete(target string) error {
	var err error
	if o.host, o.port, err = splitTarget(target); err != nil {
		return err
	}
	switch {
	case o.output != "text" && o.output != "json":
		return usage(msgBadOutput, "value", strconv.Quote(o.output))
	case o.count < 0:
		return usage(msgBadCount, "value", strconv.Itoa(o.count))
	case o.interval < time.Millisecond:
		return usage(msgBadDuration, "flag", "--interval", "value", o.interval.String())
	case o.timeout < time.Millisecond:
		return usage(msgBadDuration, "flag", "--timeout", "value", o.timeout.String())
	case o.plain && (o.ca != "" || o.serverName != "" || o.noALPN || o.insecure):
		return usage(msgPlainAlone)
	case o.ca != "":
		o.roots, err = readAuthorities(o.ca)
	}
	return err
}

// usage returns a fault of the command line.
func usage(m message, pairs ...string) error { return errors.New(say(m, pairs...)) }

func readAuthorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, usage(msgNoPEM, "value", file)
	}
	return pool, nil
}

// splitTarget reads HOST, HOST:PORT, and an IPv6 address with or without
// brackets.
func splitTarget(target string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(target)
	if err != nil {
		host, port = strings.TrimSuffix(strings.TrimPrefix(target, "["), "]"), defaultPort
	}
	bare := !strings.ContainsAny(host, "[]/ ")
	if strings.Contains(host, ":") {
		ip, _, _ := strings.Cut(host, "%")
		bare = net.ParseIP(ip) != nil
	}
	if host == "" || !bare {
		return "", "", usage(msgBadTarget, "value", strconv.Quote(target))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", "", usage(msgBadPort, "value", strconv.Quote(port))
	}
	return host, port, nil
}

// pinger is one run of the ping command.
type pinger struct {
	pingOptions
	out    output
	now    func() time.Time // the clock that certificates are checked by
	report report

	certAsked bool // the server asked for a client certificate
}

// run connects, pings, reports, and returns the exit code.
func (p *pinger) run(ctx context.Context) int {
	p.report.Target, p.report.plain = p.target(), p.plain
	client, err := p.connect(ctx)
	if err == nil {
		p.out.connected(&p.report)
		err = p.pings(ctx, client)
		_ = client.Close() // is always nil
	} else if p.report.Address != "" {
		p.out.connected(&p.report)
	}
	code := p.exitCode(ctx, err)
	p.report.OK = code == exitOK
	if !p.out.done(&p.report) {
		return exitFailed
	}
	return code
}

// exitCode adds what went wrong to the report and returns what it comes to.
func (p *pinger) exitCode(ctx context.Context, err error) int {
	if ctx.Err() != nil {
		return exitInterrupted
	}
	if err != nil {
		c, detail := diagnose(err)
		c = p.probe(ctx, c)
		p.problem(c, detail)
		if c.unreachable() {
			return exitUnreachable
		}
		return exitFailed
	}
	if len(p.report.Problems) > 0 && !p.insecure {
		return exitFailed
	}
	return exitOK
}

// pings sends the pings of the run. An interruption is no error.
func (p *pinger) pings(ctx context.Context, client *smartclient.Client) error {
	stats := &pingReport{}
	p.report.Pings = stats
	for n := 1; ; n++ {
		stats.Sent++
		d, err := p.ping(ctx, client)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return &phaseError{phaseAnswer, err, p.certAsked}
		}
		stats.add(d)
		p.out.pong(&p.report, n, d)
		if n == p.count {
			return nil
		}
		select {
		case <-time.After(p.interval):
		case <-ctx.Done():
			return nil
		case <-client.Done():
			return &phaseError{phaseAnswer, client.Err(), p.certAsked}
		}
	}
}

func (p *pinger) ping(ctx context.Context, client *smartclient.Client) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	return client.Ping(ctx)
}
