//go:build !race

package rpc

// slack is how much longer everything takes under the race detector.
const slack = 1
