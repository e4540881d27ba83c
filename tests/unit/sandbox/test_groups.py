"""Control groups, made in folders that look like the kernel's."""

from pathlib import Path

from muster.sandbox.groups import bounded, kind


def laid(root: Path, **files: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text)
    return root


def own(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "self"
    path.write_text(text)
    return path


def test_where_groups_are_delegated_a_group_with_every_bound_is_made(tmp_path: Path) -> None:
    mount = laid(tmp_path / "cgroup", cgroup__controllers="cpu memory pids")
    laid(mount / "app", cgroup__subtree_control="memory pids", cgroup__procs="")
    laid(mount / "app" / "run", cgroup__subtree_control="", cgroup__procs="1\n")
    mine = own(tmp_path, "0::/app/run\n")
    assert kind(mount, mine) == "v2"
    with bounded(1000, 5, mount=mount, own=mine) as (procs,):
        group = procs.parent
        assert group.parent == mount / "app"
        said = {name: (group / name).read_text() for name in ("memory.max", "memory.swap.max", "pids.max")}
        for file in group.iterdir():
            file.unlink()
    assert said == {"memory.max": "1000", "memory.swap.max": "0", "pids.max": "5"}
    assert not group.exists()


def test_where_nothing_is_delegated_no_group_is_made(tmp_path: Path) -> None:
    mount = laid(tmp_path / "cgroup", cgroup__controllers="cpu memory pids")
    laid(mount / "session", cgroup__subtree_control="", cgroup__procs="1\n")
    mine = own(tmp_path, "0::/session\n")
    assert kind(mount, mine) == "none"
    with bounded(1000, 5, mount=mount, own=mine) as groups:
        assert groups == ()


def test_the_older_groups_are_made_below_ones_own(tmp_path: Path) -> None:
    mount = tmp_path / "cgroup"
    laid(mount / "memory" / "job", cgroup__procs="1\n")
    laid(mount / "pids", cgroup__procs="1\n")
    mine = own(tmp_path, "9:memory:/job\n8:pids:/\n")
    with bounded(1000, 5, mount=mount, own=mine) as (memory, pids):
        assert memory.parent.parent == mount / "memory" / "job"
        assert (memory.parent / "memory.limit_in_bytes").read_text() == "1000"
        assert (pids.parent / "pids.max").read_text() == "5"
        for group in (memory.parent, pids.parent):
            for file in group.iterdir():
                file.unlink()
