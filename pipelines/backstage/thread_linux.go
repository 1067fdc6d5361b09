package backstage

import "syscall"

// lowest is the lowest priority that the system knows: a fiftieth of the time beside a thread of the usual one.
const lowest = 19

// giveWay lowers the priority of the calling thread, which Linux keeps for each thread by itself. Where it may not, the work only
// takes more of what others want.
func giveWay() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), lowest) }
