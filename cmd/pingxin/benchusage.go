package main

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processorSeconds is what the process has used of all processors so far: on a machine that others use, too, it says more
// of a program than the time that passed.
func processorSeconds() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// peakMiB is the most memory that the process held since forgetPeak, from the kernel; 0 where the kernel does not say.
func peakMiB() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, nil
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib / 1024, err
		}
	}
	return 0, nil
}

// forgetPeak makes the kernel count the most memory of the process anew from what it holds now, which is returned in MiB.
func forgetPeak() int64 {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		return 0 // the rise is then the whole
	}
	now, err := peakMiB()
	if err != nil {
		return 0
	}
	return now
}
