package rpc

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// checked is the codec of protocol buffers for messages of a server, which CheckMessage
// must accept before they are decoded.
type checked struct{}

var unchecked = encoding.GetCodecV2(proto.Name)

func (checked) Name() string { return proto.Name }

func (checked) Marshal(v any) (mem.BufferSlice, error) { return unchecked.Marshal(v) }

func (checked) Unmarshal(data mem.BufferSlice, v any) error {
	wire := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer wire.Free()
	if err := CheckMessage(v, wire.ReadOnlyData()); err != nil {
		return err
	}
	return unchecked.Unmarshal(mem.BufferSlice{wire}, v)
}
