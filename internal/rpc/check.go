package rpc

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	rpcv1 "appserver/api/appserver/rpc/v1"
)

// shape is a message of the protocol that may hold values.
type shape uint8

const (
	opaque    shape = iota // holds none
	shapeCall              // CallRequest
	shapeSession
	shapeSessionCall
	shapeAnswer // SessionResponse
	shapeResult
	shapeFailure
	shapeError
	shapeValue
	shapeArray
	shapeFrame
)

// inner returns what the field of a message holds. The numbers are those of rpc.proto.
func (s shape) inner(field protowire.Number) shape {
	switch {
	case s == shapeCall && field == 3, s == shapeSessionCall && field == 3, s == shapeArray && field == 1,
		s == shapeResult && (field == 2 || field == 3):
		return shapeValue
	case s == shapeSession && field == 2:
		return shapeSessionCall
	case s == shapeValue && field == 6:
		return shapeArray
	case s == shapeAnswer && field == 2:
		return shapeResult
	case s == shapeAnswer && field == 3:
		return shapeFailure
	case s == shapeFailure && field == 4:
		return shapeError
	case s == shapeError && field == 8:
		return shapeFrame
	}
	return opaque
}

// CheckMessage checks the bytes of a message to be decoded into m: a value takes
// much more memory decoded than in its bytes. The error is a status.
func CheckMessage(m any, wire []byte) error {
	what := opaque
	switch m.(type) {
	case *rpcv1.CallRequest:
		what = shapeCall
	case *rpcv1.SessionRequest:
		what = shapeSession
	case *rpcv1.SessionResponse:
		what = shapeAnswer
	}
	if what == opaque {
		return nil
	}
	var c checker
	return c.message(wire, what, 0)
}

// checker counts the values of a message; the functions of a stack count as such.
type checker struct{ values int }

// message checks a message. Depth is that of arrays.
func (c *checker) message(wire []byte, what shape, depth int) error {
	for len(wire) > 0 {
		field, kind, n := protowire.ConsumeTag(wire)
		if n < 0 {
			return malformed(n)
		}
		wire = wire[n:]
		size := protowire.ConsumeFieldValue(field, kind, wire)
		if size < 0 {
			return malformed(size)
		}
		if in := what.inner(field); in != opaque && kind == protowire.BytesType {
			body, _ := protowire.ConsumeBytes(wire)
			if err := c.enter(body, in, depth); err != nil {
				return err
			}
		}
		wire = wire[size:]
	}
	return nil
}

func (c *checker) enter(body []byte, what shape, depth int) error {
	switch what {
	case shapeValue, shapeFrame:
		if c.values++; c.values > maxValues {
			return status.Error(codes.ResourceExhausted, errValues.Error())
		}
	case shapeArray:
		if depth++; depth > maxDepth {
			return status.Error(codes.InvalidArgument, errDepth.Error())
		}
	}
	return c.message(body, what, depth)
}

func malformed(n int) error {
	return status.Errorf(codes.InvalidArgument, "the message cannot be decoded: %v", protowire.ParseError(n))
}
