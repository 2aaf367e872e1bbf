package lib

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"appserver/internal/advpl/vm"
)

var uuidFuncs = table{
	"UUIDRANDOM":    uuidRandom,
	"UUIDRANDOMSEQ": uuidRandomSeq,
}

// UUIDRandom() → a random UUID of version 4: 36 characters, hexadecimal digits in small letters.
// Source: TDN.
func uuidRandom(*vm.Thread, vm.Args) (vm.Value, error) {
	return vm.Str(uuidText([16]byte([]byte(randomText(16))), 4)), nil
}

// UUIDRandomSeq() → a UUID of version 7: it begins with the time, so that later ones are
// greater, and is random else. Source: TDN; the version is decided here.
func uuidRandomSeq(t *vm.Thread, _ vm.Args) (vm.Value, error) {
	u := [16]byte([]byte(randomText(16)))
	now := t.Now()
	binary.BigEndian.PutUint64(u[:], uint64(now.UnixMilli())<<16|fraction(now))
	return vm.Str(uuidText(u, 7)), nil
}

// fraction returns the part of a millisecond that has gone by, in 4,096ths.
func fraction(now time.Time) uint64 {
	return uint64(now.Nanosecond()%1e6) << 12 / 1e6
}

// uuidText returns the text of u with its version and variant set (RFC 9562).
func uuidText(u [16]byte, version byte) string {
	u[6] = u[6]&0x0F | version<<4
	u[8] = u[8]&0x3F | 0x80
	s := hex.EncodeToString(u[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
