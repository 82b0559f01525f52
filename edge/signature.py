"""`signature.json`: who vouches for a bundle, in ed25519 (RFC 8032).

What is signed is the manifest, which holds the hashes of all that is run, and the calibrations,
which set the depth. `docs/protocol.md` has the text that the signature is over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol, Self

from pydantic import Field

from edge import sealed
from edge.bundle import CALIBRATIONS
from edge.errors import SignatureError
from edge.manifest import MANIFEST, FileName
from edge.section import Section

SIGNATURE: Final = "signature.json"

_LARGEST = 1 << 20
_SIGN = "sign it with the device's key: eedge sign BUNDLE --key FILE"
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PublicKey(Protocol):
    """A public key of ed25519, as the package `cryptography` has it."""

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raise `cryptography.exceptions.InvalidSignature` if it is not of this data and key."""
        ...

    def public_bytes_raw(self) -> bytes:
        """Return its 32 bytes."""
        ...


class PrivateKey(Protocol):
    """A private key of ed25519, as the package `cryptography` has it."""

    def sign(self, data: bytes) -> bytes:
        """Return 64 bytes."""
        ...

    def public_key(self) -> PublicKey:
        """Return the key that others may know."""
        ...


class Signature(Section):
    """What stands in `signature.json`; hashes, key and signature in hexadecimal."""

    format: Literal[1] = 1
    key: Digest
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
    files: dict[FileName, Digest]

    @classmethod
    def make(cls, folder: Path, key: PrivateKey) -> Self:
        """Sign the bundle in `folder` as it is."""
        files = signed_files(folder)
        public = key.public_key().public_bytes_raw().hex()
        return cls(key=public, signature=key.sign(statement(files)).hex(), files=files)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a bundle's signature.

        Raises:
            SignatureError: there is none, or it is damaged.
        """
        path = folder / SIGNATURE
        try:
            with path.open("rb") as file:
                content = file.read(_LARGEST)
        except OSError as error:
            raise SignatureError(f"{folder}: is not signed", _SIGN) from error
        with sealed.refusing(path, cls, SignatureError, _SIGN):
            return cls.model_validate(sealed.parse(content))


def statement(files: Mapping[str, str]) -> bytes:
    """Return what is signed: a first line, and `PATH HASH` for each file, sorted by path."""
    lines = [f"{path} {digest}\n" for path, digest in sorted(files.items())]
    return ("eedge bundle 1\n" + "".join(lines)).encode()


def signed_files(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the manifest and of each calibration that are in `folder`.

    Raises:
        SignatureError: one of them cannot be read.
    """
    calibrations = (folder / CALIBRATIONS).glob("*.json")
    found = {}
    for path in (folder / MANIFEST, *sorted(calibrations)):
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise SignatureError(f"{path}: cannot be read: {error.strerror}") from error
        found[path.relative_to(folder).as_posix()] = digest
    return found


def check_signature(folder: Path, trusted: PublicKey) -> None:
    """Refuse a bundle whose manifest and calibrations are not signed by the trusted key.

    That its other files are what the manifest says is for `Bundle.open` to check.

    Raises:
        SignatureError: saying what is not signed, or not by whom.
    """
    from cryptography.exceptions import InvalidSignature

    found = Signature.read(folder)
    if found.key != trusted.public_bytes_raw().hex():
        raise SignatureError(
            f"{folder}: is signed by another key ({found.key[:12]}…) than the one trusted here",
            _SIGN,
        )
    try:
        trusted.verify(bytes.fromhex(found.signature), statement(found.files))
    except InvalidSignature as error:
        raise SignatureError(f"{folder}: its signature does not hold", _SIGN) from error
    present = signed_files(folder)
    for path in sorted(present.keys() | found.files.keys()):
        if path not in found.files:
            raise SignatureError(f"{folder}: {path} is not signed", _SIGN)
        if present.get(path) != found.files[path]:
            raise SignatureError(f"{folder}: {path} is not the one that was signed", _SIGN)


def read_public_key(path: Path) -> PublicKey:
    """Read a public key of ed25519 from a PEM file.

    Raises:
        SignatureError: it cannot be read or is none, or the package that checks signatures is not
            installed.
    """
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError as error:
        raise SignatureError(
            "signatures cannot be checked: the package 'cryptography' is not installed",
            "pip install 'eedge[sign]'",
        ) from error
    try:
        key = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise SignatureError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SignatureError(
            f"{path}: is no public key", "eedge sign --new-key FILE writes one to FILE.pub"
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureError(f"{path}: is a public key, but not one of ed25519")
    return key
