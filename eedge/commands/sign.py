"""`eedge sign`: a bundle that a device can tell from any other."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from boards.errors import UsageError
from eedge.output import json_option, print_json

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("bundle_path", metavar="[BUNDLE]", type=_PATH, required=False)
@click.option("--key", type=_PATH, metavar="FILE", help="The private key to sign with.")
@click.option(
    "--new-key", type=_PATH, metavar="FILE", help="Make a key; its public key goes to FILE.pub."
)
@json_option
def command(
    bundle_path: Path | None, key: Path | None, new_key: Path | None, as_json: bool
) -> None:
    """Sign a bundle, or make a key to sign with.

    The signature is over the manifest, which holds the hashes of all that is run, and over all
    calibrations: sign again after eedge calibrate. A device whose agent was started with --trust
    FILE.pub takes and runs only what is signed by that key.
    """
    if (new_key is None) == (bundle_path is None) or (bundle_path is None) != (key is None):
        raise UsageError(
            "say what to sign", "eedge sign BUNDLE --key FILE", "eedge sign --new-key FILE"
        )
    from firmware_host import signing

    if new_key is not None:
        public = signing.new_key(new_key)
        if as_json:
            print_json({"key": str(new_key), "public": str(public)})
        else:
            click.echo(f"{new_key}: keep it secret\n{public}: for devices, as --trust")
        return
    assert bundle_path is not None
    assert key is not None
    done = signing.sign(bundle_path, signing.read_private_key(key))
    if as_json:
        print_json(dataclasses.asdict(done))
    else:
        click.echo(f"{bundle_path}: signed by {done.key[:12]}…: {', '.join(done.files)}")
