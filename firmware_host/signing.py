"""Keys of ed25519 in PEM files, and bundles signed with them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from edge import sealed
from edge.bundle import Bundle
from edge.contents import contents
from edge.errors import SignatureError
from edge.signature import SIGNATURE, PrivateKey, Signature, check_signature

PUBLIC = ".pub"
"""What stands behind the name of a key's file in that of the public key."""


@dataclass(frozen=True)
class Signed:
    """What was signed: the bundle's identity, the public key in hexadecimal, and the files."""

    identity: str
    key: str
    files: tuple[str, ...]


def new_key(path: Path) -> Path:
    """Draw a key, write it to `path` for nobody but its owner; return where its public key is.

    Raises:
        SignatureError: there is a file already, or it cannot be written.
    """
    from cryptography.hazmat.primitives import serialization as pem
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    public = path.with_name(path.name + PUBLIC)
    secret = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    known = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    for place, content, mode in ((path, secret, 0o600), (public, known, 0o644)):
        try:
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError as error:
            raise SignatureError(
                f"{place}: is there already; what it signed would be lost", "name another file"
            ) from error
        except OSError as error:
            raise SignatureError(f"{place}: cannot be written: {error.strerror}") from error
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    return public


def read_private_key(path: Path) -> PrivateKey:
    """Read a private key from a PEM file.

    Raises:
        SignatureError: it cannot be read, is none of ed25519, or is locked with a passphrase.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SignatureError(
            f"{path}: cannot be read: {error.strerror}", f"make one: eedge sign --new-key {path}"
        ) from error
    except TypeError as error:
        raise SignatureError(
            f"{path}: is locked with a passphrase", "openssl pkey -in FILE -out UNLOCKED"
        ) from error
    except ValueError as error:
        raise SignatureError(
            f"{path}: is no private key", f"the one beside {path.name}{PUBLIC}, without {PUBLIC}"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureError(
            f"{path}: is a private key, but not one of ed25519", "eedge sign --new-key FILE"
        )
    return key


def sign(path: Path, key: PrivateKey) -> Signed:
    """Sign a bundle with all its calibrations, in place of a signature that it has.

    Raises:
        BundleError, CalibrationError: it is damaged: what is not right is not signed.
    """
    bundle = Bundle.open(path)
    for board in bundle.calibrations():
        bundle.calibration(board)
    contents(bundle)
    signature = Signature.make(path, key)
    sealed.write_json(path / SIGNATURE, signature.model_dump(mode="json"))
    check_signature(path, key.public_key())
    return Signed(bundle.identity, signature.key, tuple(signature.files))
