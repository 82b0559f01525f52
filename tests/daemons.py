"""Real daemons for links to talk to: sshd on a loopback port, adbd in namespaces of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_host.links.adb import AdbLink, adb_devices
from firmware_host.links.ssh import SshLink
from tests.sharing import made_once

_PACKAGES = (
    "adbd,dash,coreutils,busybox,procps,base-files,libc-bin,diffutils,grep,libstdc++6,libgcc-s1"
)
_IN_NAMESPACES = [
    "unshare",
    "--net",
    "--pid",
    "--mount",
    "--uts",
    "--ipc",
    "--fork",
    "--kill-child",
]
_PORT = "127.0.0.1:5555"


def needs(*programs: str) -> None:
    """Skip unless they are there; daemons lie where only root looks."""
    places = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [program for program in programs if shutil.which(program, path=places) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshLink]:
    """An sshd of this user's, with keys of its own."""
    needs("sshd", "ssh", "ssh-keygen", "unshare")
    folder = tmp_path_factory.mktemp("ssh")
    for name in ("host", "user"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(make, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "config"
    config.write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/user.pub\nStrictModes no\nUsePAM no\n"
        "PasswordAuthentication no\n"
    )
    daemon = shutil.which("sshd", path="/usr/sbin:/sbin:" + os.environ.get("PATH", ""))
    assert daemon is not None
    start = [daemon, "-D", "-e", "-f", str(config)]
    if os.geteuid() == 0:
        # Root's sshd wants a folder, which is made where nobody else sees it.
        script = 'mount -t tmpfs none /run && mkdir /run/sshd && exec "$0" "$@"'
        start = ["unshare", "--mount", "sh", "-c", script, *start]
    server = subprocess.Popen(start, stderr=subprocess.PIPE)
    try:
        _wait_for_port(port, server)
        options = [
            "-F", "none", "-p", str(port), "-i", str(folder / "user"),
            "-oStrictHostKeyChecking=no", f"-oUserKnownHostsFile={folder}/known",
            "-oIdentitiesOnly=yes", "-oLogLevel=ERROR",
        ]  # fmt: skip
        yield SshLink("127.0.0.1", options)
    finally:
        server.kill()
        server.wait()


def _wait_for_port(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if server.poll() is not None:
            assert server.stderr is not None
            pytest.skip(f"sshd does not run here: {server.stderr.read().decode().strip()}")
        time.sleep(0.1)
    pytest.skip("sshd does not listen here")


@pytest.fixture(scope="session")
def adb_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is `/` for adbd."""
    needs("mmdebstrap")

    def make(folder: Path) -> None:
        line = ["mmdebstrap", "--variant=extract", f"--include={_PACKAGES}", "trixie"]
        made = subprocess.run([*line, folder / "root"], capture_output=True, text=True, check=False)
        if made.returncode:
            pytest.skip(f"no root for adbd can be made: {made.stderr.strip().splitlines()[-1]}")

    return made_once(tmp_path_factory, "adb", make) / "root"


@pytest.fixture(scope="session")
def adb(adb_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdbLink]:
    """The real adbd, which must never run outside of a namespace: it is a shell for everyone."""
    needs("adb", "unshare", "nsenter", "ip")
    root, folder = adb_root, tmp_path_factory.mktemp("adb")
    script = (
        f"ip link set lo up; mkdir -p {root}/proc {root}/system {root}/data/local/tmp; "
        f"ln -sfn /usr/bin {root}/system/bin; mount -t proc proc {root}/proc; "
        # Of the emulated ARM's kernels, XNNPACK chooses by what is said of the CPU there.
        f"mount -t sysfs -o ro sysfs {root}/sys; "
        "exec env -i PATH=/system/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "
        f"chroot {root} /usr/sbin/adbd"
    )
    who = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    box = subprocess.Popen(
        [*_IN_NAMESPACES, *who, "bash", "-c", script],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    program = [
        "nsenter", "-t", _child(box.pid), *(["-U", "--preserve-credentials"] if who else []), "-n",
        "env", f"HOME={folder}", "ANDROID_ADB_SERVER_PORT=5137", "adb",
    ]  # fmt: skip
    try:
        for _ in range(50):
            said = subprocess.run([*program, "connect", _PORT], capture_output=True, check=False)
            if b"connected to" in said.stdout and any(
                one.state == "device" for one in adb_devices(program)
            ):
                break
            time.sleep(0.2)
        else:
            pytest.skip(f"adbd does not answer: {said.stdout.decode()} {said.stderr.decode()}")
        yield AdbLink(_PORT, program)
    finally:
        subprocess.run([*program, "kill-server"], capture_output=True, check=False)
        box.kill()
        box.wait()


def _child(parent: int) -> str:
    """Return the process that unshare started, which lives in the namespaces."""
    for _ in range(50):
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if children:
            return children[0]
        time.sleep(0.1)
    pytest.skip("there are no namespaces here")
