"""Attempts to read or write what is not its own."""

from muster.sandbox.escapes.attempt import Attempt

ATTEMPTS = (
    Attempt(
        "files: read",
        "read secrets, the host's files, muster's home and checkout",
        """
for path in (secret_path, home_path, checkout_path, "/etc/shadow", "/etc/passwd", "/etc/hostname",
             "/root/.ssh", "/home", "/var/lib", "/run/secrets", "/tmp", "/boot", "/sys", "/mnt"):
    attempt(path, lambda path=path: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(100))
""",
    ),
    Attempt(
        "files: write",
        "write to the host, its libraries, Python, the sandbox's own files",
        """
for path in (target_path, "/x", "/tmp/x", "/etc/x", "/usr/lib/x", "/dev/x", "/sandbox/x", "/sandbox/start.py",
             "/sandbox/packages/x.py", os.path.dirname(os.__file__) + "/x.py", sys.executable, os.__file__):
    attempt("write " + path, lambda path=path: open(path, "ab").write(b"x"))
    attempt("delete " + path, lambda path=path: os.unlink(path))
    attempt("mode " + path, lambda path=path: os.chmod(path, 0o4777))
""",
    ),
    Attempt(
        "files: links",
        "reach outside by symbolic and hard links and by climbing up",
        """
def by_link(path):
    os.symlink(path, "link")
    try:
        return open("link", "rb").read(100)
    finally:
        os.unlink("link")
for path in (secret_path, "/etc/shadow", "/proc/1/root/etc/shadow", "../../../../.." + secret_path):
    attempt("symlink " + path, lambda path=path: by_link(path))
    attempt("climb " + path, lambda path=path: open("/sandbox/work/../../../../.." + path, "rb").read(100))
attempt("hard link", lambda: os.link(sys.executable, "python"))
def write_by_link():
    os.symlink(target_path, "out")
    open("out", "wb").write(b"x")
attempt("write by link", write_by_link)
""",
    ),
    Attempt(
        "files: /proc",
        "look at processes, the kernel and its settings through /proc and /sys",
        """
for path in ("/proc", "/proc/1/environ", "/proc/self/root", "/proc/self/fd", "/proc/kcore",
             "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/sys/kernel", "/sys/fs/cgroup"):
    attempt(path, lambda path=path: os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(10))
attempt("mount it", lambda: call("mount", b"proc", b"/sandbox/work", b"proc", 0, None))
""",
    ),
    Attempt(
        "files: devices",
        "open disks, memory, terminals; make a device",
        """
for path in ("/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/mem", "/dev/kmsg", "/dev/kvm", "/dev/fuse",
             "/dev/tty", "/dev/pts/0", "/dev/ptmx", "/dev/console", "/dev/shm/x", "/dev/net/tun"):
    attempt(path, lambda path=path: open(path, "rb+", buffering=0))
attempt("mknod", lambda: os.mknod("disk", 0o660 | 0o060000, os.makedev(8, 0)))
def type_into_terminal():
    import fcntl
    fcntl.ioctl(0, 0x5412, b"x")
attempt("type into the terminal", type_into_terminal)
""",
    ),
    Attempt(
        "secrets: environment",
        "find secrets in the environment, the command line and open files",
        """
import stat
for name, value in os.environ.items():
    if name not in known_variables:
        through.append(name + "=" + value[:20])
pipes = []
for fd in range(3, 4096):
    try:
        what = os.fstat(fd).st_mode
    except OSError:
        continue
    if stat.S_ISFIFO(what) or stat.S_ISSOCK(what):
        pipes.append(fd)
    else:
        through.append("open file " + str(fd) + " " + oct(what))
if len(pipes) > 1:  # one is its own, for the answer
    through.append("pipes " + str(pipes))
for word in sys.orig_argv:
    if "secret" in word:
        through.append(word)
stopped["environment"] = ",".join(os.environ)
""",
    ),
)
