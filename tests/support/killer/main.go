//go:build linux && amd64

// killer N before|after COMMAND...: runs a command and, at the N-th system call by which it or a process of its changes
// anything, kills all of them, before or after that call. N 0 only counts. Prints `calls COUNT` on stderr at the end;
// exit code 137 when it killed, else the command's. Daemons (wireguard-go, boringtun-cli) are let go as they start.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"unsafe"
)

const (
	optionExitKill = 0x100000 // all tracees die with the tracer (ptrace(2))
	options        = syscall.PTRACE_O_TRACESYSGOOD | syscall.PTRACE_O_TRACEFORK | syscall.PTRACE_O_TRACEVFORK |
		syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACEEXEC | optionExitKill
	getSyscallInfo = 0x420e
	waitAll        = 0x40000000 // __WALL
	opEntry        = 1
	opExit         = 2
)

// numbers that package syscall does not name
const (
	sysRenameat2 = 316
	sysSyncfs    = 306
)

// struct ptrace_syscall_info up to the arguments of an entry
type syscallInfo struct {
	op     uint8
	_      [3]uint8
	arch   uint32
	ip, sp uint64
	nr     uint64
	args   [6]uint64
}

// Calls that change something whatever their arguments.
var changes = map[uint64]bool{
	syscall.SYS_RENAME: true, syscall.SYS_RENAMEAT: true, sysRenameat2: true,
	syscall.SYS_UNLINK: true, syscall.SYS_UNLINKAT: true, syscall.SYS_RMDIR: true,
	syscall.SYS_MKDIR: true, syscall.SYS_MKDIRAT: true, syscall.SYS_LINK: true, syscall.SYS_LINKAT: true,
	syscall.SYS_SYMLINK: true, syscall.SYS_SYMLINKAT: true, syscall.SYS_CREAT: true,
	syscall.SYS_CHMOD: true, syscall.SYS_FCHMOD: true, syscall.SYS_FCHMODAT: true, syscall.SYS_FTRUNCATE: true,
	syscall.SYS_FSYNC: true, syscall.SYS_FDATASYNC: true, syscall.SYS_SYNC: true, sysSyncfs: true,
	syscall.SYS_SENDTO: true, syscall.SYS_SENDMSG: true, syscall.SYS_KILL: true, syscall.SYS_TGKILL: true,
}

func main() {
	if len(os.Args) < 4 || (os.Args[2] != "before" && os.Args[2] != "after") {
		fmt.Fprintln(os.Stderr, "usage: killer N before|after COMMAND...")
		os.Exit(2)
	}
	at, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "killer: N is not a number")
		os.Exit(2)
	}
	runtime.LockOSThread() // ptrace knows threads, not processes
	os.Exit(trace(at, os.Args[2], os.Args[3:]))
}

func trace(at int, when string, command []string) int {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "killer:", err)
		return 126
	}
	root := cmd.Process.Pid
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(root, &status, 0, nil); err != nil {
		fmt.Fprintln(os.Stderr, "killer:", err)
		return 126
	}
	if err := syscall.PtraceSetOptions(root, options); err != nil {
		fmt.Fprintln(os.Stderr, "killer:", err)
		return 126
	}
	tracees := map[int]bool{root: true}
	doomed := map[int]bool{} // has entered the call after which all is to be killed
	count, code, ended := 0, 0, false
	_ = syscall.PtraceSyscall(root, 0)
	for len(tracees) > 0 {
		pid, err := syscall.Wait4(-1, &status, waitAll, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			break
		}
		if status.Exited() || status.Signaled() {
			delete(tracees, pid)
			if pid == root {
				code, ended = exitCode(status), true
				// What is left was meant to outlive the command: a watcher. It is stopped, so that it can be let go.
				for other := range tracees {
					_ = syscall.Tgkill(other, other, syscall.SIGSTOP)
				}
			}
			continue
		}
		known := tracees[pid]
		tracees[pid] = true
		signal := status.StopSignal()
		switch {
		case ended:
			_ = syscall.PtraceDetach(pid)
			delete(tracees, pid)
			continue
		case signal == syscall.SIGTRAP|0x80:
			info := infoOf(pid)
			if info.op == opEntry && isChange(pid, info) {
				count++
				if count == at && when == "before" {
					return 137 // PTRACE_O_EXITKILL does the rest
				}
				doomed[pid] = count == at
			}
			if info.op == opExit && doomed[pid] {
				return 137
			}
			signal = 0
		case signal == syscall.SIGTRAP && status.TrapCause() == syscall.PTRACE_EVENT_EXEC:
			if isDaemon(pid) {
				_ = syscall.PtraceDetach(pid)
				delete(tracees, pid)
				continue
			}
			signal = 0
		case signal == syscall.SIGTRAP, signal == syscall.SIGSTOP && !known:
			signal = 0
		}
		_ = syscall.PtraceSyscall(pid, int(signal))
	}
	fmt.Fprintln(os.Stderr, "calls", count)
	return code
}

func exitCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

func infoOf(pid int) syscallInfo {
	var info syscallInfo
	_, _, _ = syscall.RawSyscall6(syscall.SYS_PTRACE, getSyscallInfo, uintptr(pid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	return info
}

// isChange leaves out what only looks like a change: pipes, and files opened to be thrown away.
func isChange(pid int, info syscallInfo) bool {
	switch info.nr {
	case syscall.SYS_WRITE, syscall.SYS_WRITEV, syscall.SYS_PWRITE64:
		target, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, info.args[0]))
		return !strings.HasPrefix(target, "pipe:") && target != "/dev/null"
	case syscall.SYS_OPEN:
		return opens(pid, info.args[0], info.args[1])
	case syscall.SYS_OPENAT:
		return opens(pid, info.args[1], info.args[2])
	}
	return changes[info.nr]
}

func opens(pid int, path, flags uint64) bool {
	if flags&(syscall.O_CREAT|syscall.O_TRUNC) == 0 {
		return false
	}
	text := make([]byte, 16)
	n, _ := syscall.PtracePeekData(pid, uintptr(path), text)
	return !strings.HasPrefix(string(text[:n]), "/dev/null\x00")
}

func isDaemon(pid int) bool {
	exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	switch filepath.Base(exe) {
	case "wireguard-go", "boringtun-cli":
		return true
	}
	return false
}
