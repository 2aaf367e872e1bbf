package config

import (
	"reflect"
	"testing"
	"time"
)

func TestJobs(t *testing.T) {
	const text = `[P]
SourcePath=src
[OnStart]
Jobs= ONE , two,
[One]
Main = u_one( )
Environment=p
NParms=2
Parm1=a b
Parm2=
Parm3=not counted
[TWO]
Type=ipc
Environment=P
Instances=01,03,2 ; a comment
InstanceName=WORK
OnStart=U_START()
OnConnect=U_WORK
OnExit=ns.sub.exit
ExpirationTime=60
ExpirationDelta=10
InactiveTimeout=5
[Three]
Main=U_THREE
Environment=P
`
	want := []Job{
		{Name: "One", Main: "u_one", Environment: "P", Params: []string{"a b", ""}, Instances: Instances{1, 1, 1, 1}, InstanceName: "One"},
		{Name: "TWO", Environment: "P", Type: "IPC", Instances: Instances{1, 3, 2, 1}, InstanceName: "WORK",
			OnStart: "U_START", OnConnect: "U_WORK", OnExit: "ns.sub.exit",
			ExpirationTime: time.Minute, ExpirationDelta: 10 * time.Second, InactiveTimeout: 5 * time.Second},
	}
	c := load(t, text, Options{})
	if !reflect.DeepEqual(c.Jobs, want) {
		t.Errorf("Jobs = %+v\nwant %+v", c.Jobs, want)
	}
	if err := c.Err(); err != nil {
		t.Error(err)
	}
	if c.Jobs[0].Pool() || !c.Jobs[1].Pool() {
		t.Error("Pool: want the second alone")
	}
}

func TestInstances(t *testing.T) {
	for text, want := range map[string]Instances{
		"":          {1, 1, 1, 1}, // and a finding
		"3":         {3, 3, 1, 1},
		"0":         {0, 1, 1, 1},
		"1,5":       {1, 5, 1, 1},
		"01,01":     {1, 1, 1, 1},
		"2,10,3,4":  {2, 10, 3, 4},
		"1,2,9,0":   {1, 2, 2, 1},
		"0,4,0":     {0, 4, 0, 1},
		"5,2":       {5, 5, 1, 1},
		"1,2,3,4,5": {1, 1, 1, 1},
		"a":         {1, 1, 1, 1},
	} {
		c := load(t, "[P]\nSourcePath=x\n[OnStart]\nJobs=J\n[J]\nMain=F\nEnvironment=P\nInstances="+text+"\n", Options{})
		if got := c.Jobs[0].Instances; got != want {
			t.Errorf("Instances=%s: %v; want %v", text, got, want)
		}
	}
}

func TestJobFindings(t *testing.T) {
	const environment = "[P]\nSourcePath=y\n"
	for _, test := range []struct {
		text string // after [OnStart] Jobs=J and [J]; line 4 is its first
		want []string
		runs int
	}{
		{"Main=U_X\nEnvironment=P\n", nil, 1},
		{"Environment=P\n", []string{"3 warning: no function to run: the job is not run; add Main="}, 0},
		{"Main=\nEnvironment=P\n", []string{"4 warning: no function to run"}, 0},
		{"Main=U_X\n", []string{"3 warning: no environment: the job is not run"}, 0},
		{"Main=U_X(1)\nEnvironment=P\n", []string{"4 error: the value is not the name of a function"}, 0},
		{"Main=U_X\nEnvironment=P\nType=FOO\n", []string{"6 warning: NOT IN EFFECT: there is no such type of jobs"}, 0},
		{"Main=U_X\nEnvironment=P\nType=WEBEX\n", []string{"6 warning: NOT IN EFFECT: jobs of this type are not run"}, 0},
		{"Environment=Q\nType = webex \nInstances=2.5\nNParms=x\nMain=a b\n", []string{"5 warning: NOT IN EFFECT: jobs of this type are not run"}, 0},
		{"Main=U_X\nEnvironment=P\nType=\nInstances=2\n", nil, 1},
		{"Main=U_X\nEnvironment=P\nInstances=5,2\n", []string{"6 error: the value has more at least than at most"}, 1},
		{"Main=U_X\nEnvironment=P\nInstances=x\n", []string{"6 error: the value is not a number"}, 1},
		{"Main=U_X\nEnvironment=P\nInstances=1,2,3,4,5\n", []string{"6 error: the value has too many numbers"}, 1},
		{"Main=U_X\nEnvironment=P\nNParms=300\n", []string{"6 error: the value is out of range"}, 1},
		{"Main=U_X\nEnvironment=P\nNParms=1\n", []string{"6 warning: Parm1 is missing: an empty string is passed"}, 1},
		{"Main=U_X\nEnvironment=P\nParm1=1\n", []string{"6 warning: not passed: NParms does not say"}, 1},
		{"Main=U_X\nEnvironment=P\nExpirationTime=long\n", []string{"6 error: the value is not a number"}, 1},
	} {
		t.Run("", func(t *testing.T) {
			c := load(t, "[OnStart]\nJobs=J\n[J]\n"+test.text+environment, Options{})
			checkFindings(t, c, test.want)
			if len(c.Jobs) != test.runs {
				t.Errorf("%d jobs; want %d", len(c.Jobs), test.runs)
			}
			if t.Failed() {
				t.Logf("of %q", test.text)
			}
		})
	}
}

func TestJobNames(t *testing.T) {
	const job = "[MyJob]\nMain=U_X\nEnvironment=P\n[P]\nSourcePath=y\n"
	checkFindings(t, load(t, "[OnStart]\nJobs=MyJbo\n"+job, Options{}),
		[]string{`2 warning: there is no section [MyJbo]: the job is not run; did you mean [MyJob]?`})
	checkFindings(t, load(t, "[OnStart]\nJobs=Else\n"+job, Options{}),
		[]string{`2 warning: there is no section [Else]: the job is not run; write the section`})
	c := load(t, "[OnStart]\nJobs=MyJob,MYJOB\n"+job, Options{})
	if len(c.Jobs) != 1 {
		t.Errorf("%d jobs; want 1", len(c.Jobs))
	}
}
