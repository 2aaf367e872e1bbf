//go:build linux

package main

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// The frames of docs/protocols/smartclient.md that this takes: length, type, body.
const (
	smartClientPreamble = "\x93SC1"
	smartClientHello    = `{"protocol":{"min":1,"max":1},"client":{"name":"compare","version":"1"}}`

	typeHello   = 1
	typeHelloOK = 2
	typePing    = 3
	typePong    = 4
)

func openSmartClient(conn *tls.Conn) (user, error) {
	if _, err := io.WriteString(conn, smartClientPreamble+smartClientFrame(typeHello, smartClientHello)); err != nil {
		return nil, err
	}
	ping := func() error {
		if _, err := io.WriteString(conn, smartClientFrame(typePing, "12345678")); err != nil {
			return err
		}
		return awaitSmartClient(conn, typePong)
	}
	return ping, awaitSmartClient(conn, typeHelloOK)
}

func smartClientFrame(kind byte, body string) string {
	head := binary.BigEndian.AppendUint32(nil, uint32(1+len(body)))
	return string(append(head, kind)) + body
}

func awaitSmartClient(conn net.Conn, kind byte) error {
	var head [5]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return err
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:4])-1)
	if _, err := io.ReadFull(conn, body); err != nil {
		return err
	}
	if head[4] != kind {
		return fmt.Errorf("frame of type %d, not %d: %q", head[4], kind, body)
	}
	return nil
}
