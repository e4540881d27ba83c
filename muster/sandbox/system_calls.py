"""Numbers of the system calls the sandbox refuses, for the machines it runs on."""

import platform
from dataclasses import dataclass

NEWEST_KNOWN = 451
"""System calls newer than this are answered as if the kernel did not have them."""

_BOTH = {
    "pidfd_send_signal": 424,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "memfd_secret": 447,
    "process_mrelease": 448,
}

_X86_64 = _BOTH | {
    "shmget": 29,
    "shmat": 30,
    "shmctl": 31,
    "socket": 41,
    "semget": 64,
    "msgget": 68,
    "ptrace": 101,
    "syslog": 103,
    "mknod": 133,
    "uselib": 134,
    "personality": 135,
    "sysfs": 139,
    "modify_ldt": 154,
    "pivot_root": 155,
    "adjtimex": 159,
    "chroot": 161,
    "acct": 163,
    "settimeofday": 164,
    "mount": 165,
    "umount2": 166,
    "swapon": 167,
    "swapoff": 168,
    "reboot": 169,
    "sethostname": 170,
    "setdomainname": 171,
    "iopl": 172,
    "ioperm": 173,
    "init_module": 175,
    "delete_module": 176,
    "quotactl": 179,
    "lookup_dcookie": 212,
    "clock_settime": 227,
    "mbind": 237,
    "set_mempolicy": 238,
    "mq_open": 240,
    "kexec_load": 246,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "inotify_init": 253,
    "migrate_pages": 256,
    "mknodat": 259,
    "unshare": 272,
    "vmsplice": 278,
    "move_pages": 279,
    "inotify_init1": 294,
    "perf_event_open": 298,
    "fanotify_init": 300,
    "name_to_handle_at": 303,
    "open_by_handle_at": 304,
    "clock_adjtime": 305,
    "setns": 308,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "kcmp": 312,
    "finit_module": 313,
    "memfd_create": 319,
    "kexec_file_load": 320,
    "bpf": 321,
    "userfaultfd": 323,
}

_AARCH64 = _BOTH | {
    "lookup_dcookie": 18,
    "inotify_init1": 26,
    "mknodat": 33,
    "umount2": 39,
    "mount": 40,
    "pivot_root": 41,
    "chroot": 51,
    "quotactl": 60,
    "vmsplice": 75,
    "acct": 89,
    "personality": 92,
    "unshare": 97,
    "kexec_load": 104,
    "init_module": 105,
    "delete_module": 106,
    "clock_settime": 112,
    "syslog": 116,
    "ptrace": 117,
    "reboot": 142,
    "sethostname": 161,
    "setdomainname": 162,
    "settimeofday": 170,
    "adjtimex": 171,
    "mq_open": 180,
    "msgget": 186,
    "semget": 190,
    "shmget": 194,
    "shmctl": 195,
    "shmat": 196,
    "socket": 198,
    "add_key": 217,
    "request_key": 218,
    "keyctl": 219,
    "swapon": 224,
    "swapoff": 225,
    "mbind": 235,
    "set_mempolicy": 237,
    "migrate_pages": 238,
    "move_pages": 239,
    "perf_event_open": 241,
    "fanotify_init": 262,
    "name_to_handle_at": 264,
    "open_by_handle_at": 265,
    "clock_adjtime": 266,
    "setns": 268,
    "process_vm_readv": 270,
    "process_vm_writev": 271,
    "kcmp": 272,
    "finit_module": 273,
    "memfd_create": 279,
    "bpf": 280,
    "userfaultfd": 282,
    "kexec_file_load": 294,
}


@dataclass(frozen=True, slots=True)
class Machine:
    """What a filter has to know of a processor architecture."""

    audit_arch: int
    refused: dict[str, int]
    """Calls no sandboxed process needs."""
    forks: tuple[int, ...]
    """Calls that always make a new process."""
    clone: int
    clone3: int
    ioctl: int
    fcntl: int
    to_one_process: tuple[int, ...]
    """Calls whose first argument is the process they act on."""
    on_others: tuple[int, ...]
    """Calls that act on other processes and are not needed for oneself."""


MACHINES = {
    "x86_64": Machine(
        audit_arch=0xC000003E,
        refused=_X86_64,
        forks=(57, 58),
        clone=56,
        clone3=435,
        ioctl=16,
        fcntl=72,
        to_one_process=(62, 234, 302),
        on_others=(129, 141, 142, 144, 200, 203, 251, 297, 314),
    ),
    "aarch64": Machine(
        audit_arch=0xC00000B7,
        refused=_AARCH64,
        forks=(),
        clone=220,
        clone3=435,
        ioctl=29,
        fcntl=25,
        to_one_process=(129, 131, 261),
        on_others=(30, 118, 119, 122, 130, 138, 140, 240, 274),
    ),
}


def this_machine() -> Machine | None:
    """What is known of the processor this runs on; null when nothing is."""
    return MACHINES.get(platform.machine())
