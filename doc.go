// Package pingxin is the root of the module. It holds no code, only the tests of the module as a whole: what may import
// what, and that the commands of the README work.
package pingxin
