"""Attempts to get rights, or to have the kernel do something."""

from muster.sandbox.escapes.attempt import Attempt

ATTEMPTS = (
    Attempt(
        "rights: become root",
        "set user and group ids, use capabilities, run a setuid program",
        """
attempt("setuid", lambda: os.setuid(0))
attempt("setresuid", lambda: os.setresuid(0, 0, 0))
attempt("setgid", lambda: os.setgid(0))
attempt("setgroups", lambda: os.setgroups([0]))
if os.getuid() == 0 or os.geteuid() == 0:
    through.append("it is root")
class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]
class Data(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable")]
data = (Data * 2)()
if _c.capget(ctypes.byref(Header(0x20080522, 0)), data) == 0:
    rights = [word for each in data for word in (each.effective, each.permitted, each.inheritable)]
    if any(rights):
        through.append("capabilities " + str(rights))
attempt("privileges by exec", lambda: 1 / 0 if _c.prctl(39, 0, 0, 0, 0) == 1 else "no_new_privs is off")
""",
    ),
    Attempt(
        "rights: mount",
        "mount, bind, remount, unmount, change the root",
        """
attempt("tmpfs", lambda: call("mount", b"none", b"/sandbox", b"tmpfs", 0, None))
attempt("bind", lambda: call("mount", b"/usr", b"/sandbox", None, 4096, None))
attempt("remount", lambda: call("mount", None, b"/", None, 32, None))
attempt("remount libraries", lambda: call("mount", None, b"/usr/lib", None, 32 | 4096, None))
attempt("unmount", lambda: call("umount2", b"/usr/lib", 2))
attempt("pivot_root", lambda: call("pivot_root", b"/", b"/sandbox"))
attempt("chroot", lambda: os.chroot("/sandbox"))
attempt("open_tree", lambda: call("open_tree", -100, b"/", 1))
attempt("fsopen", lambda: call("fsopen", b"tmpfs", 0))
attempt("file handle", lambda: call("open_by_handle_at", -100, ctypes.create_string_buffer(64), 0))
""",
    ),
    Attempt(
        "rights: namespaces",
        "make a user namespace of its own, or enter another",
        """
def clone(flag):
    return call("clone", ctypes.c_long(flag | 17), None, None, None, None)
for name, flag in (("user", 1 << 28), ("mount", 1 << 17), ("network", 1 << 30), ("process", 1 << 29)):
    attempt("unshare " + name, lambda flag=flag: call("unshare", flag))
    attempt("clone " + name, lambda flag=flag: clone(flag))
attempt("clone3", lambda: call("clone3", ctypes.create_string_buffer(88), 88))
attempt("setns", lambda: call("setns", 0, 0))
""",
    ),
    Attempt(
        "kernel: corners",
        "use keys, eBPF, io_uring, performance events, modules, kexec, page faults",
        """
attempt("key", lambda: call("add_key", b"user", b"x", b"y", 1, -3))
attempt("read key", lambda: call("keyctl", 0, -3, 1))
attempt("bpf", lambda: call("bpf", 0, ctypes.create_string_buffer(128), 128))
attempt("io_uring", lambda: call("io_uring_setup", 8, ctypes.create_string_buffer(256)))
attempt("perf", lambda: call("perf_event_open", ctypes.create_string_buffer(128), 0, -1, -1, 0))
attempt("page faults", lambda: call("userfaultfd", 0))
attempt("module", lambda: call("init_module", b"x", 1, b""))
attempt("kexec", lambda: call("kexec_load", 0, 0, None, 0))
attempt("kernel log", lambda: call("syslog", 3, ctypes.create_string_buffer(64), 64))
attempt("reboot", lambda: call("reboot", 0, 0, 0, None))
attempt("clock", lambda: time.clock_settime(time.CLOCK_REALTIME, 0))
attempt("host name", lambda: socket.sethostname("x"))
attempt("quota", lambda: call("quotactl", 0, None, 0, None))
attempt("watch files", lambda: call("inotify_init1", 0))
attempt("newer than known", lambda: _c.syscall(ctypes.c_long(463)) + 1 or 1 / 0)
""",
    ),
    Attempt(
        "kernel: other doors",
        "call the kernel as another kind of machine would",
        """
import mmap
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
if os.uname().machine != "x86_64":
    raise OSError("only on x86-64")
attempt("x32", lambda: _c.syscall(ctypes.c_long(0x40000000 + 41), 1, 1, 0) + 1 or 1 / 0)
page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")  # getpid by int 0x80, the 32-bit door
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
through.append("32-bit: " + str(ctypes.CFUNCTYPE(ctypes.c_int)(address)()))
""",
    ),
)
