"""Attempts to make, end, inspect or outlive processes."""

from muster.sandbox.escapes.attempt import Attempt

ATTEMPTS = (
    Attempt(
        "processes: fork bomb",
        "fork for ever, by every call there is",
        """
def fork():
    if os.fork() == 0:
        while True:
            os.fork()
def by_clone(flags):
    pid = call("clone", ctypes.c_long(flags), None, None, None, None)
    if pid == 0:
        os._exit(0)
    return pid
def spawn():
    import subprocess
    return subprocess.run([sys.executable, "-c", ""], check=True)
attempt("fork", fork)
attempt("clone", lambda: by_clone(17))
attempt("clone and vfork", lambda: by_clone(17 | 0x4000 | 0x100))
attempt("spawn", spawn)
attempt("posix_spawn", lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}))
""",
    ),
    Attempt(
        "processes: thread bomb",
        "start threads for ever",
        """
threading.stack_size(65536)
end = threading.Event()
count = 0
try:
    while count < 5000:
        threading.Thread(target=end.wait, daemon=True).start()
        count += 1
except RuntimeError as error:
    stopped["threads"] = str(error) + " after " + str(count)
if count > most_threads:
    through.append("threads: " + str(count))
end.set()
""",
    ),
    Attempt(
        "processes: shell",
        "run a shell or another program",
        """
attempt("system", lambda: os.system("id") == 0 or 1 / 0)
attempt("sh", lambda: os.execv("/bin/sh", ["sh", "-c", "echo hi"]))
attempt("su", lambda: os.execv("/usr/bin/su", ["su"]))
""",
    ),
    Attempt(
        "processes: kill",
        "end the process that started it, and everything else",
        """
own = os.getpid()
for pid in [os.getppid(), 1, 2, *host_pids]:
    if pid != own and pid > 0:
        attempt("kill " + str(pid), lambda pid=pid: os.kill(pid, 9))
        attempt("pidfd " + str(pid), lambda pid=pid: call("pidfd_open", pid, 0))
attempt("all", lambda: os.kill(-1, 9))
""",
    ),
    Attempt(
        "processes: ptrace",
        "attach to, read and write other processes",
        """
own = os.getpid()
room = ctypes.create_string_buffer(64)
for pid in sorted({os.getppid(), 1, 2, *host_pids} - {own, 0}):
    attempt("attach " + str(pid), lambda pid=pid: call("ptrace", 16, pid, None, None))
    attempt("read " + str(pid), lambda pid=pid: call("process_vm_readv", pid, room, 1, room, 1, 0))
    attempt("memory " + str(pid), lambda pid=pid: open("/proc/%d/mem" % pid, "rb").read(1))
    attempt("limits " + str(pid), lambda pid=pid: resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, 1)))
attempt("be traced", lambda: call("ptrace", 0, 0, None, None))
""",
    ),
    Attempt(
        "processes: outlive",
        "stay behind as a daemon when the program is over",
        """
def stay():
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
attempt("daemon", stay)
def thread():
    time.sleep(600)
threading.Thread(target=thread, daemon=True).start()
""",
    ),
)
