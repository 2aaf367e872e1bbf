package monitor

// EnvironmentState is an environment of programs in a Status.
type EnvironmentState struct {
	Name    string   `json:"name"`
	Faults  []string `json:"faults,omitempty"` // why it cannot be used; none: it can
	Sources int      `json:"sources"`          // that its program is made of
	Threads int      `json:"threads"`          // that use it
}

// ProgramCounts is what a reload did with programs.
type ProgramCounts struct {
	Environments int `json:"environments"`
	Sources      int `json:"sources"`  // that their programs are made of
	Compiled     int `json:"compiled"` // of them, how many were compiled anew
}
