"""Machines for tests: network namespaces on one bridge, each with its own /tmp/ray and shared memory.

with Lab(["head", "one", "two", "core"]) as lab:
    lab["one"].run(["ray", "start", …], log)
    lab["one"].unplug(); lab["one"].plug_in(); lab["one"].kill_all()

Promises: leaving the lab ends all its processes and takes the namespaces away; what a killed run left behind goes when
the next lab is built. Processes are those of this machine, so a test may look at them by process id.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.waiting import wait_until

#: Of the block for tests of network equipment, which no real machine uses.
NETWORK = ipaddress.ip_network("198.18.0.0/15")
PREFIX = "mst"
COMMAND_S = 10.0
GONE_S = 15.0


def _ip(*words: str, check: bool = True) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=COMMAND_S)
    if check and done.returncode != 0:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def why_no_lab() -> str:
    """Why this machine can have no lab, or ""."""
    for program in ("ip", "unshare"):
        if shutil.which(program) is None:
            return f"no program '{program}' (Debian: iproute2, util-linux)"
    if os.geteuid() != 0:
        return "network namespaces are made by root only"
    probe = f"{PREFIX}{os.getpid()}-probe"
    try:
        _ip("netns", "add", probe)
        try:
            _ip("-n", probe, "link", "add", "v0", "type", "veth", "peer", "name", "v1")
            enter = ["ip", "netns", "exec", probe, "unshare", "-m", "mount", "-t", "tmpfs", "t", "/dev/shm"]
            subprocess.run(enter, check=True, capture_output=True, timeout=COMMAND_S)
        finally:
            _ip("netns", "del", probe, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        return f"network namespaces cannot be made here: {error}"
    return ""


class Machine:
    """One namespace with one cable."""

    def __init__(self, lab: str, number: int, name: str, address: str) -> None:
        self.name, self.address = name, address
        self.netns = f"{lab}-{name}"
        self._cable = f"{lab}v{number}"
        _ip("netns", "add", self.netns)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.netns)
        _ip("link", "set", self._cable, "master", f"{lab}br", "up")
        _ip("-n", self.netns, "addr", "add", f"{address}/24", "dev", "eth0")
        _ip("-n", self.netns, "link", "set", "eth0", "up")
        _ip("-n", self.netns, "link", "set", "lo", "up")
        self._started: list[subprocess.Popen[bytes]] = []
        self._inode = os.stat(f"/run/netns/{self.netns}").st_ino

    def run(self, command: Sequence[str], log: Path, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start a program on this machine."""
        own = 'mkdir -p /tmp/ray && mount -t tmpfs ray /tmp/ray && mount -t tmpfs shm /dev/shm && exec "$@"'
        enter = ["ip", "netns", "exec", self.netns, "unshare", "-m", "sh", "-c", own, "sh", *command]
        with log.open("ab") as out:
            started = subprocess.Popen(
                enter,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        self._started.append(started)
        return started

    def pids(self) -> list[int]:
        """Everything that runs here."""
        return [int(pid) for pid in _ip("netns", "pids", self.netns, check=False).split()]

    def holds(self, pid: int) -> bool:
        """Whether that process runs here."""
        try:
            return os.stat(f"/proc/{pid}/ns/net").st_ino == self._inode
        except OSError:
            return False

    def kill_all(self) -> int:
        """As if the power went; how many processes were there."""
        pids = self.pids()
        wait_until(lambda: not self._kill(), f"machine {self.name} is dead", GONE_S)
        for started in self._started:
            started.wait(GONE_S)
        self._started.clear()
        return len(pids)

    def _kill(self) -> list[int]:
        pids = self.pids()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pids

    def unplug(self) -> None:
        """Cut its cable."""
        _ip("link", "set", self._cable, "down")

    def plug_in(self) -> None:
        """Mend its cable."""
        _ip("link", "set", self._cable, "up")

    def remove(self) -> None:
        """End everything here, and the machine."""
        self.kill_all()
        _ip("netns", "del", self.netns, check=False)


class Lab:
    """Machines on one network; this process is on it, too."""

    def __init__(self, names: Sequence[str]) -> None:
        remove_left_behind()
        self._prefix = f"{PREFIX}{os.getpid()}"
        net = list(NETWORK.subnets(new_prefix=24))[os.getpid() % 512]
        addresses = [str(net.network_address + number) for number in range(1, len(names) + 2)]
        self.machines: dict[str, Machine] = {}
        try:
            _ip("link", "add", f"{self._prefix}br", "type", "bridge")
            _ip("addr", "add", f"{addresses[-1]}/24", "dev", f"{self._prefix}br")
            _ip("link", "set", f"{self._prefix}br", "up")
            for number, name in enumerate(names):
                self.machines[name] = Machine(self._prefix, number, name, addresses[number])
        except BaseException:
            self.close()
            raise

    def __getitem__(self, name: str) -> Machine:
        return self.machines[name]

    def __enter__(self) -> Lab:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave nothing behind."""
        for machine in self.machines.values():
            machine.remove()
        _ip("link", "del", f"{self._prefix}br", check=False)

    def where(self, pid: int) -> str:
        """On which machine a process runs; "" for none."""
        return next((name for name, machine in self.machines.items() if machine.holds(pid)), "")


def remove_left_behind() -> None:
    """Take away the machines of runs that have ended without doing so."""
    for line in _ip("netns", "list", check=False).splitlines():
        netns = line.split()[0]
        owner = netns.removeprefix(PREFIX).partition("-")[0]
        if not netns.startswith(PREFIX) or not owner.isdecimal() or Path(f"/proc/{owner}").exists():
            continue
        for pid in _ip("netns", "pids", netns, check=False).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        _ip("netns", "del", netns, check=False)
        _ip("link", "del", f"{PREFIX}{owner}br", check=False)
