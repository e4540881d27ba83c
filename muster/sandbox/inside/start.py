"""The first thing that runs inside: give up every right and bound what is used, then begin."""

import importlib
import json
import os
import resource
import sys

_PACKAGES = "/sandbox/packages"


def main() -> None:
    """Begin what the order, a JSON object in the first argument, asks for."""
    order = json.loads(sys.argv[1])
    if order["user"] is not None:
        os.setgroups([])
        os.setresgid(order["user"], order["user"], order["user"])
        os.setresuid(order["user"], order["user"], order["user"])
        _without_capabilities()
    for name, value in order["limits"].items():
        hard = value + 1 if name == "RLIMIT_CPU" else value
        resource.setrlimit(getattr(resource, name), (value, hard))
    if "program" in order:
        os.execv(order["program"][0], [*order["program"], *sys.argv[2:]])  # noqa: S606
    sys.path.append(_PACKAGES)
    module = importlib.import_module(order["module"])
    module.main(order)


def _without_capabilities() -> None:
    """Give up what a change of user leaves: capabilities that another program could inherit."""
    import ctypes

    version_3, own_process = 0x20080522, 0
    header = (ctypes.c_uint32 * 2)(version_3, own_process)
    none = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None).capset(header, none) != 0:
        raise OSError("capabilities cannot be given up")


if __name__ == "__main__":
    main()
