"""Files that come with `eedge` have names; a user's own have paths."""

from __future__ import annotations

from pathlib import Path

from boards.errors import EedgeError, closest


def shipped_names(folder: Path) -> list[str]:
    """Return what can be named without a path, sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def path_of(
    name_or_path: str | Path, folder: Path, kind: str, error: type[EedgeError], *tries: str
) -> Path:
    """Return where the file lies. What ends in `.toml` or holds a `/` is a path.

    Args:
        name_or_path: as a user gave it.
        folder: with the files that come with `eedge`.
        kind: what they are called, such as `board`.
        error: what is raised for a name that none of them has.
        tries: more to try then.
    """
    text = str(name_or_path)
    if text.endswith(".toml") or "/" in text:
        return Path(text)
    names = shipped_names(folder)
    if text not in names:
        raise error(
            f"there is no {kind} '{text}'",
            closest(text, names),
            f"{kind}s that come with eedge: {', '.join(names)}",
            *tries,
        )
    return folder / f"{text}.toml"
