package host

// Ports returns the server's ports at present.
func (h *Host) Ports() Ports {
	if h.o.Ports == nil {
		return Ports{}
	}
	return h.o.Ports()
}
