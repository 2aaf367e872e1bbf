package datadir

// CheckPath refuses nothing: access lists decide here.
func CheckPath(string) error { return nil }

func checkLinks(string) error { return nil }
