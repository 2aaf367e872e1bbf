package rootfs

import (
	"fmt"
	"testing"
)

// BenchmarkFind looks for a file in a folder of 10,000: as it is spelled, in another
// case, and one that is not there.
func BenchmarkFind(b *testing.B) {
	r, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for i := range 10000 {
		f, err := r.root.Create(fmt.Sprintf("file%d.txt", i))
		if err != nil {
			b.Fatal(err)
		}
		_ = f.Close()
	}
	for _, name := range []string{"file5000.txt", "FILE5000.txt", "nothing.txt"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r.Find(name)
			}
		})
	}
}
