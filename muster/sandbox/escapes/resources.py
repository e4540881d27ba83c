"""Attempts to use up the machine."""

from muster.sandbox.escapes.attempt import ANYWHERE_PYTHON, Attempt

_COUNT = """
held, megabytes = [], 0
def more(make, size_mb=16, most=1 << 20):
    global megabytes
    megabytes = 0
    del held[:]
    try:
        while megabytes < most:
            held.append(make(size_mb))
            megabytes += size_mb
            if megabytes > memory_mb:
                through.append(str(megabytes) + " MB of " + str(memory_mb))
                break
    finally:
        got = megabytes
        del held[:]
"""

ATTEMPTS = (
    Attempt(
        "memory: heap",
        "take memory without end",
        _COUNT + 'attempt("heap", lambda: more(lambda mb: bytearray(mb << 20)) or 1 / 0)\n',
    ),
    Attempt(
        "memory: mappings",
        "take memory as shared mappings, files in memory and System V segments",
        _COUNT
        + """
import mmap
def shared(mb):
    area = mmap.mmap(-1, mb << 20)
    for at in range(0, mb << 20, 4096):
        area[at] = 1
    return area
attempt("shared mapping", lambda: more(shared) or 1 / 0)
attempt("file in memory", lambda: call("memfd_create", b"x", 0))
attempt("segment", lambda: call("shmget", 0, ctypes.c_size_t(1 << 30), 0o1600))
attempt("huge", lambda: mmap.mmap(-1, 1 << 40))
""",
    ),
    Attempt(
        "memory: crash",
        "overflow the stack, read what is not there",
        """
import faulthandler
sys.setrecursionlimit(10**9)
def deep(n):
    return [deep(n + 1)]
threading.Thread(target=lambda: None).start()
ctypes.string_at(0)
""",
    ),
    Attempt(
        "disk: fill",
        "fill every folder that can be written",
        """
written = 0
def fill(folder):
    global written
    for n in range(200):
        with open(folder + "/fill" + str(n), "wb") as file:
            for _ in range(64):
                file.write(bytes(1 << 20))
                file.flush()
                written += 1
    return written
for folder in ("/", "/tmp", "/dev/shm", "/var/tmp", "/sandbox", "/sandbox/work", "/usr/lib"):
    attempt(folder, lambda folder=folder: fill(folder))
if written > work_mb:
    through.append(str(written) + " MB of " + str(work_mb))
""",
    ),
    Attempt(
        "time: spin",
        "compute for ever",
        "while True:\n    pass",
        ("program", "reader", "expression"),
    ),
    Attempt(
        "time: deaf",
        "compute for ever and ignore every signal, on all threads",
        """
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
def spin():
    while True:
        sum(range(10**6))
for _ in range(3):
    threading.Thread(target=spin).start()
spin()
""",
    ),
    Attempt(
        "time: sleep",
        "do nothing for ever, with every pipe closed",
        """
os.closerange(0, 1024)
while True:
    time.sleep(1000)
""",
    ),
    Attempt(
        "output: flood",
        "print without end",
        """
while True:
    os.write(1, bytes(65536))
    os.write(2, bytes(65536))
""",
        ("program",),
    ),
    Attempt(
        "output: huge answer",
        "answer with more than anybody can hold",
        """
stopped["answer"] = "x" * (40 << 20)
""",
    ),
    Attempt(
        "limits: lift",
        "lift its own limits, raise its priority",
        """
for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CORE"):
    kind = getattr(resource, name)
    attempt(name, lambda kind=kind: resource.setrlimit(kind, (resource.RLIM_INFINITY,) * 2))
attempt("priority", lambda: os.nice(-10))
attempt("real time", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))
""",
        ANYWHERE_PYTHON,
    ),
)
