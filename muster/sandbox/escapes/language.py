"""Attempts to break out of the interpreter of small programs."""

from muster.sandbox.escapes.attempt import Attempt, Where

_ONLY: tuple[Where, ...] = ("expression",)

ATTEMPTS = (
    Attempt("language: files", "read and list files", "open(secret_path).read()", _ONLY),
    Attempt("language: os", "use the operating system", "import os\nos.listdir('/')", _ONLY),
    Attempt("language: environment", "read the environment", "import os\ndict(os.environ)", _ONLY),
    Attempt("language: shell", "run a program", "import subprocess\nsubprocess.run(['id'])", _ONLY),
    Attempt("language: sockets", "open a socket", "import socket\nsocket.socket()", _ONLY),
    Attempt("language: ctypes", "call the C library", "import ctypes\nctypes.CDLL(None)", _ONLY),
    Attempt(
        "language: classes",
        "climb from an object to every class there is",
        "().__class__.__bases__[0].__subclasses__()",
        _ONLY,
    ),
    Attempt(
        "language: frames",
        "climb from an error to the frames that called it",
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    found = e.__traceback__.tb_frame.f_back\nfound",
        _ONLY,
    ),
    Attempt("language: evaluation", "import through eval", "eval(\"__import__('os').getpid()\")", _ONLY),
    Attempt("language: recursion", "call without end", "def f(n):\n    return f(n + 1)\nf(0)", _ONLY),
    Attempt(
        "language: memory", "take memory without end", "x = []\nwhile True:\n    x.append('a' * 10**6)", _ONLY
    ),
    Attempt("language: big number", "compute a number too large", "len(str(10 ** 10 ** 9))", _ONLY),
    Attempt("language: print", "print without end", "while True:\n    print('x' * 10000)", _ONLY),
    Attempt(
        "language: expression",
        "match a pattern that never ends",
        "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
        _ONLY,
    ),
    Attempt("language: sleep", "sleep for ever", "import time\ntime.sleep(10**6)", _ONLY),
)
