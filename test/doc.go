// Package test holds the tests of the whole daemon: scripts that start the real
// programs on free ports and drive them with clients that others wrote. There is
// one script, in testdata, for each thing that must work from outside.
package test
