//go:build unix

package pdf

import (
	"os/exec"
	"syscall"
)

// together puts a program and all that it starts into one group of processes, which ends with it.
func together(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
}
