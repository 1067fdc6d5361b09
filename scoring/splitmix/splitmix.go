// Package splitmix spreads 64 bits, the same in every run and on every machine: what equal things are found by, and what stands in
// results, must not follow from a seed. It is no cryptography.
package splitmix

// Gamma is the odd number by which SplitMix64 steps (Steele, Lea and Flood 2014): added or multiplied by, it keeps values apart
// that follow one another.
const Gamma = 0x9e3779b97f4a7c15

// Mix is the finaliser of SplitMix64: a bijection after which every bit depends on every other. Mix(0) is 0.
func Mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
