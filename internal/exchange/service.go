package exchange

import "time"

// Service is what answers a request: its server, the pool of threads, and what the
// configuration says of them. It is for programs that ask; text is UTF-8.
type Service struct {
	Server   string // section of the server or socket
	ServerID int    // number of the server
	Port     int    // 0: not known
	TLS      bool

	Pool        string // its name
	PoolID      int    // number of the pool
	Environment string
	Min, Max    int // threads
	MinFree     int
	Growth      int           // threads that are started at a time
	Inactive    time.Duration // after which a free thread ends; 0: never
	Accept      time.Duration // that a request may wait for a thread

	Exits          Exits
	Scheme, OnAuth string // "basic" and the function, if programs check credentials; or ""

	// JSON texts of the configuration; "" for none.
	TlppData, UserData             string // of the pool
	ServerTlppData, ServerUserData string
}

// Exits are the functions that a pool runs at certain moments; "" for none.
type Exits struct {
	Section                                                      string // that names them
	OnStart, OnStop, OnSelect, OnError, OnBlock, OnAllow, OnSend string
}
