package mpp

import "net"

// route is a protocol with the queues of its servers.
type route struct {
	Protocol
	matched       net.Listener // the connections that cmux found; nil if bytes never decide
	secure, plain *end         // nil: refused
}

// end is a server behind the port, with the queue that it accepts from.
type end struct {
	Handler
	queue *queue
}

func newRoute(p Protocol, length int) *route {
	r := &route{Protocol: p}
	if p.Secure != nil {
		r.secure = &end{p.Secure, newQueue(length)}
	}
	switch {
	case p.Plain == nil:
	case p.Plain == p.Secure:
		r.plain = r.secure
	default:
		r.plain = &end{p.Plain, newQueue(length)}
	}
	return r
}

// ends returns the servers of the route, each once.
func (r *route) ends() []*end {
	var es []*end
	if r.secure != nil {
		es = append(es, r.secure)
	}
	if r.plain != nil && r.plain != r.secure {
		es = append(es, r.plain)
	}
	return es
}
