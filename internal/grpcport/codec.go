package grpcport

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// codec is grpc-go's codec of protocol buffers, which also receives the bytes of a
// message into a rawMessage.
type codec struct{}

var standard = encoding.GetCodecV2(proto.Name)

func (codec) Name() string { return proto.Name }

func (codec) Marshal(v any) (mem.BufferSlice, error) { return standard.Marshal(v) }

func (codec) Unmarshal(data mem.BufferSlice, v any) error {
	raw, ok := v.(*rawMessage)
	if !ok {
		return standard.Unmarshal(data, v)
	}
	raw.free()
	raw.buf = data.MaterializeToBuffer(mem.DefaultBufferPool())
	return nil
}

// rawMessage is the bytes of a message.
type rawMessage struct{ buf mem.Buffer }

// wire returns the bytes, which are valid until free.
func (m *rawMessage) wire() []byte {
	if m.buf == nil {
		return nil
	}
	return m.buf.ReadOnlyData()
}

func (m *rawMessage) free() {
	if m.buf != nil {
		m.buf.Free()
		m.buf = nil
	}
}
