"""What a signature covers: all that is run, and all that sets a depth."""

from __future__ import annotations

from pathlib import Path

import pytest

from boards.errors import EedgeError
from edge.bundle import Bundle
from edge.errors import BundleError, SignatureError
from edge.signature import SIGNATURE, Signature, check_signature, read_public_key, statement
from firmware_host.signing import new_key, read_private_key, sign
from tests.edge.calibrated import point, write_calibration
from tests.flashable import make_bundle

pytest.importorskip("cryptography", reason="signing needs eedge[sign]")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    new_key(tmp_path / "key")
    return tmp_path / "key"


@pytest.fixture
def bundle(tmp_path: Path, key: Path) -> Bundle:
    bundle = make_bundle(tmp_path / "signed.eedge", 1)
    sign(bundle.path, read_private_key(key))
    return bundle


def check(bundle: Bundle, key: Path) -> None:
    """As a device does before it runs a bundle."""
    check_signature(bundle.path, read_public_key(Path(f"{key}.pub")))
    Bundle.open(bundle.path)


def test_what_was_signed_is_taken_with_the_key_and_with_no_other(
    bundle: Bundle, key: Path, tmp_path: Path
) -> None:
    check(bundle, key)
    new_key(tmp_path / "other")
    with pytest.raises(SignatureError, match="signed by another key"):
        check(bundle, tmp_path / "other")


def test_nothing_can_be_changed_added_or_taken_away(bundle: Bundle, key: Path) -> None:
    there = sorted(path for path in bundle.path.rglob("*") if path.is_file())
    assert len(there) == 11
    for path in there:
        content = path.read_bytes()
        for other in (content[:-9] + b"x" + content[-8:], content[:-3], content + b"x"):
            path.write_bytes(other)
            with pytest.raises(EedgeError):
                check(bundle, key)
        path.unlink()
        with pytest.raises(EedgeError):
            check(bundle, key)
        path.write_bytes(content)
        check(bundle, key)


def test_what_is_right_but_not_signed_is_refused(bundle: Bundle, key: Path) -> None:
    write_calibration(bundle, "host", [point("x", rule={"kind": "fixed", "exit": 1})], [])
    with pytest.raises(SignatureError, match=r"calibration/host\.json is not the one"):
        check(bundle, key)
    sign(bundle.path, read_private_key(key))
    write_calibration(bundle, "raspberry-pi-5", [], [])
    with pytest.raises(SignatureError, match=r"calibration/raspberry-pi-5\.json is not signed"):
        check(bundle, key)
    sign(bundle.path, read_private_key(key))
    bundle.manifest.model_copy(update={"buckets": (24,)}).write(bundle.path)
    with pytest.raises(SignatureError, match=r"manifest\.json is not the one"):
        check(bundle, key)


def test_a_signature_of_one_bundle_does_not_hold_for_another(
    bundle: Bundle, key: Path, tmp_path: Path
) -> None:
    other = make_bundle(tmp_path / "other.eedge", 2)
    (other.path / SIGNATURE).write_bytes((bundle.path / SIGNATURE).read_bytes())
    with pytest.raises(SignatureError, match="is not the one that was signed"):
        check(other, key)
    found = Signature.read(bundle.path)
    mine = Signature.make(other.path, read_private_key(key))
    mixed = found.model_copy(update={"files": mine.files})
    (other.path / SIGNATURE).write_text(mixed.model_dump_json())
    with pytest.raises(SignatureError, match="signature does not hold"):
        check(other, key)


def test_the_statement_is_that_of_the_document() -> None:
    files = {"manifest.json": "b" * 64, "calibration/host.json": "a" * 64}
    assert statement(files).decode() == (
        f"eedge bundle 1\ncalibration/host.json {'a' * 64}\nmanifest.json {'b' * 64}\n"
    )


def test_a_key_is_for_its_owner_only_and_never_overwritten(key: Path, tmp_path: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SignatureError, match="is there already"):
        new_key(key)
    with pytest.raises(SignatureError, match="cannot be written"):
        new_key(tmp_path / "nowhere" / "key")


def test_what_is_no_key_is_said_so(key: Path, tmp_path: Path) -> None:
    with pytest.raises(SignatureError, match="is no public key"):
        read_public_key(key)
    with pytest.raises(SignatureError, match="is no private key"):
        read_private_key(Path(f"{key}.pub"))
    for read in (read_public_key, read_private_key):
        with pytest.raises(SignatureError, match="cannot be read"):
            read(tmp_path / "none")


def test_what_is_damaged_is_not_signed(bundle: Bundle, key: Path) -> None:
    (bundle.path / "tokens.txt").write_text("x")
    with pytest.raises(BundleError):
        sign(bundle.path, read_private_key(key))
