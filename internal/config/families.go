package config

// familyKey documents a key of sections whose names are the customer's choice. What the
// key may hold is checked where its family is read.
type familyKey struct{ def, allowed, help string }

// familyKeys documents the keys that the server acts on, of known.go, by family and key.
// All take effect at a reload.
var familyKeys = map[string]map[string]familyKey{
	familyEnvironment: {
		"SourcePath":      {"", allowedFolder, "Folder of the programs: sources (.prw, .tlpp and their like) and compiled repositories, those below it included."},
		"RpoCustom":       {"", allowedRepository, "Compiled repository, whose programs come before those of SourcePath."},
		"IncludePath":     {"", allowedFolders, "Folders of included files."},
		"RootPath":        {"", allowedFolder, "Folder of the files that programs see. If absent they see none."},
		"StartPath":       {"", "a folder below RootPath", "Folder in which names of files begin."},
		"MaxStringSize":   {"", "1 to 2047 MiB", "Longest string of a program, in MiB. If absent: that of [General]."},
		"ThreadMemLimit":  {"", "1 to 1048576 MiB", "Memory that a thread's values may take, in MiB. If absent: that of [General]."},
		"InactiveTimeout": {"", "0 to 31536000 seconds", "Time after which a thread that waits for its peer ends; 0: never. If absent: that of [General]."},
		"MaxThreads":      {"0", "0 to 1000000", "Threads of this environment at the same time; 0: no bound but that of [General]."},
	},
	familyJob: {
		"Main":            {"", functionAllowed, "Function that is run."},
		"Environment":     {"", "the name of an environment", "Where it is run."},
		"NParms":          {"0", "0 to 255", "How many parameters it gets: Parm1, Parm2 and so on, as strings."},
		"Instances":       {"1", instancesAllowed, "How many threads run it; of workers how many there are at least and at most, how many are kept free, how many are started at a time."},
		"Type":            {"", "empty, or IPC", "IPC: workers that wait for what IPCGo sends, in place of Main."},
		"InstanceName":    {"", "text", "Name under which IPCGo finds the workers. If absent: that of the section."},
		"OnStart":         {"", functionAllowed, "Function that a worker begins with; its result is passed on."},
		"OnConnect":       {"", functionAllowed, "Function that gets what IPCGo sends."},
		"OnExit":          {"", functionAllowed, "Function that a worker ends with."},
		"ExpirationTime":  {"0", "0 to 31536000 seconds", "Life of a worker; 0: any."},
		"ExpirationDelta": {"0", "0 to 31536000 seconds", "Time by which lives of workers differ at random."},
		"InactiveTimeout": {"0", "0 to 31536000 seconds", "Time after which a worker beyond the least number ends that got no work; 0: never."},
	},
	familyConnection: {
		"Server":           {"", "a host name or address", "Server that programs call by this name and Port."},
		"Port":             {"", "1 to 65535", "Its port."},
		"SecureConnection": {"", flagAllowed, "Whether the connection has TLS. If absent: as this server's own port has."},
		"Token":            {"", "text", "Token to show there. If absent: that of [RPC]."},
		"TokenFile":        {"", allowedFile, "File that holds it, instead of Token."},
	},
}
