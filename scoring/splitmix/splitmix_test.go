package splitmix_test

import (
	"testing"

	"pingxin/scoring/splitmix"
)

// TestMix: the first numbers of java.util.SplittableRandom and of the reference program of SplitMix64 by Vigna (2015) for the seed
// 1234567, of which each is the finaliser of the seed after so many steps.
func TestMix(t *testing.T) {
	state := uint64(1234567)
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423} {
		if state += splitmix.Gamma; splitmix.Mix(state) != want {
			t.Errorf("number %d is %d, want %d", i, splitmix.Mix(state), want)
		}
	}
}
