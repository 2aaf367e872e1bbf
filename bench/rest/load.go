package main

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"appserver/bench/lab"
)

// body is what each request sends.
const body = `{"customer":"C00042","items":[{"product":"P-1","quantity":3,"price":19.9},{"product":"P-2","quantity":1,"price":5.25}],"note":"deliver in the morning"}`

// want is what the answer to the order must hold: sum and id.
const want = `"total":64.95`

// client is one connection.
type client struct {
	conn    *tls.Conn
	r       *bufio.Reader
	request []byte
}

func (b *bench) dial(s *lab.Server, id int) (*client, error) {
	conn, err := tls.Dial("tcp", s.Address, &tls.Config{RootCAs: b.trust, ServerName: "localhost", NextProtos: []string{"http/1.1"}})
	if err != nil {
		return nil, err
	}
	request := fmt.Sprintf("POST /rest/orders/%d HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s", id, len(body), b.authorization, body)
	return &client{conn: conn, r: bufio.NewReader(conn), request: []byte(request)}, nil
}

// call sends the request and checks the answer.
func (c *client) call() error {
	if err := c.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK || !strings.Contains(string(text), want) {
		return fmt.Errorf("the answer is %d %q", answer.StatusCode, text)
	}
	return nil
}

// figure is what one measurement finds.
type figure struct {
	rate float64 // requests a second
	cost float64 // seconds of the server's processor time for a request
}

// load has all clients call, each as work does, until stop is set.
func (b *bench) load(s *lab.Server, stop *atomic.Bool, work func(i int, c *client) error) (wait func() error, err error) {
	var all sync.WaitGroup
	failed := make(chan error, b.clients)
	for i := range b.clients {
		c, err := b.dial(s, i+1)
		if err != nil {
			stop.Store(true)
			all.Wait()
			return nil, err
		}
		all.Go(func() {
			defer c.conn.Close()
			for !stop.Load() {
				if err := work(i, c); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	return func() error {
		stop.Store(true)
		all.Wait()
		close(failed)
		return <-failed
	}, nil
}

// measure has all clients call as often as they can for the time of a measurement, after a
// tenth of it that does not count.
func (b *bench) measure(s *lab.Server) (figure, error) {
	var calls atomic.Int64
	var stop atomic.Bool
	wait, err := b.load(s, &stop, func(_ int, c *client) error {
		defer calls.Add(1)
		return c.call()
	})
	if err != nil {
		return figure{}, err
	}
	time.Sleep(b.time / 10)
	began, before := time.Now(), calls.Load()
	used, err := s.ProcessorTime()
	time.Sleep(b.time)
	n, took := float64(calls.Load()-before), time.Since(began).Seconds()
	usedNow, errNow := s.ProcessorTime()
	if err := errors.Join(err, errNow, wait()); err != nil {
		return figure{}, err
	}
	return figure{rate: n / took, cost: (usedNow - used).Seconds() / n}, nil
}

// pace has the clients send so many requests a second, evenly spread, and returns how many
// seconds passed from when each was due until its answer.
func (b *bench) pace(s *lab.Server, rate float64) (times []float64, err error) {
	var stop atomic.Bool
	var mu sync.Mutex
	period := time.Duration(float64(b.clients) / rate * float64(time.Second))
	began := time.Now().Add(100 * time.Millisecond)
	due := make([]time.Time, b.clients)
	for i := range due {
		due[i] = began.Add(period * time.Duration(i) / time.Duration(b.clients))
	}
	wait, err := b.load(s, &stop, func(i int, c *client) error {
		time.Sleep(time.Until(due[i]))
		if err := c.call(); err != nil {
			return err
		}
		took := time.Since(due[i]).Seconds()
		due[i] = due[i].Add(period)
		mu.Lock()
		defer mu.Unlock()
		times = append(times, took)
		return nil
	})
	if err != nil {
		return nil, err
	}
	time.Sleep(b.time + time.Until(began))
	if err := wait(); err != nil {
		return nil, err
	}
	return times[len(times)/10:], nil
}

// watch returns the memory of the server at each second of full load, in MiB.
func (b *bench) watch(s *lab.Server) (sizes []float64, err error) {
	var stop atomic.Bool
	wait, err := b.load(s, &stop, func(_ int, c *client) error { return c.call() })
	if err != nil {
		return nil, err
	}
	var fault error
	for end := time.Now().Add(b.soak); time.Now().Before(end) && fault == nil; time.Sleep(time.Second) {
		size, err := s.Resident()
		sizes, fault = append(sizes, size), err
	}
	return sizes, errors.Join(fault, wait())
}
