package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMakeRun starts the server as "make run" does, in a copy of what that needs, and wants
// it to be ready with the sample programs and without a complaint.
func TestMakeRun(t *testing.T) {
	recipe, err := exec.Command("make", "-C", "..", "--no-print-directory", "-n", "run").Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(strings.ReplaceAll(string(recipe), "\\\n", " "))
	at := slices.Index(words, "./bin/appserver")
	if at < 0 {
		t.Fatalf("the recipe starts no ./bin/appserver:\n%s", recipe)
	}
	cmd := exec.Command(filepath.Join(programs, "appserver"), words[at+1:]...)
	cmd.Dir = t.TempDir()
	for _, folder := range []string{"configs", "programs"} {
		if err := os.CopyFS(filepath.Join(cmd.Dir, folder), os.DirFS(filepath.Join("..", folder))); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Env = append(os.Environ(), "APPSERVER_TCP_IP=127.0.0.1", "APPSERVER_TCP_PORT=0", "APPSERVER_METRICS_LISTEN=127.0.0.1:0")
	for i := at - 1; strings.HasPrefix(words[i], "APPSERVER_"); i-- {
		cmd.Env = append(cmd.Env, words[i])
	}
	d := launch(t, cmd)
	if _, err := d.await(readyLine); err != nil {
		t.Fatal(err)
	}
	log := logOf(d)
	if !strings.Contains(log, "programs are ready environment=SAMPLE") || strings.Contains(log, " ERROR ") || strings.Contains(log, " WARN ") {
		t.Errorf("the server said:\n%s", log)
	}
}
