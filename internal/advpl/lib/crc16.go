package lib

// crc16 computes a CRC of 16 bits.
type crc16 struct {
	polynomial uint16
	reflected  bool // lowest bit first; the polynomial is too
	sick       bool // the device maker's own: a byte is joined with the one before
	state      uint16
	before     byte
	flip       uint16 // what the result is inverted with
	swapped    bool   // the result comes with its low byte first
}

// newCRC16 returns the algorithm with the number of CRCCalc, or nil.
func newCRC16(number int) *crc16 {
	switch number {
	case 2:
		return &crc16{polynomial: 0xA001, reflected: true}
	case 3:
		return &crc16{polynomial: 0xA001, reflected: true, state: 0xFFFF}
	case 4:
		return &crc16{polynomial: 0x8005, sick: true, swapped: true}
	case 5:
		return &crc16{polynomial: 0x1021}
	case 6:
		return &crc16{polynomial: 0x1021, state: 0xFFFF}
	case 7:
		return &crc16{polynomial: 0x1021, state: 0x1D0F}
	case 8:
		return &crc16{polynomial: 0x8408, reflected: true, swapped: true}
	case 9:
		return &crc16{polynomial: 0xA6BC, reflected: true, flip: 0xFFFF, swapped: true}
	}
	return nil
}

// Write implements io.Writer.
func (c *crc16) Write(b []byte) (int, error) {
	for _, x := range b {
		switch {
		case c.sick:
			c.addSick(x)
		case c.reflected:
			c.addLow(x)
		default:
			c.addHigh(x)
		}
	}
	return len(b), nil
}

func (c *crc16) addLow(x byte) {
	c.state ^= uint16(x)
	for range 8 {
		low := c.state & 1
		c.state >>= 1
		if low != 0 {
			c.state ^= c.polynomial
		}
	}
}

func (c *crc16) addHigh(x byte) {
	c.state ^= uint16(x) << 8
	for range 8 {
		c.shift()
	}
}

func (c *crc16) addSick(x byte) {
	c.shift()
	c.state ^= uint16(c.before)<<8 | uint16(x)
	c.before = x
}

func (c *crc16) shift() {
	high := c.state & 0x8000
	c.state <<= 1
	if high != 0 {
		c.state ^= c.polynomial
	}
}

func (c *crc16) sum() uint16 {
	sum := c.state ^ c.flip
	if c.swapped {
		return sum<<8 | sum>>8
	}
	return sum
}
