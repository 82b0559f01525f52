"""Lists of utterances with their texts: JSONL manifests and LibriSpeech's folder layout."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import CorpusError


class Utterance(BaseModel):
    """One recording and what is said in it; `duration` in seconds, 0 when the list has none."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    audio: Path = Field(alias="audio_filepath")
    text: str
    duration: float = Field(0.0, ge=0, allow_inf_nan=False)
    speaker: str = ""
    corpus: str = ""
    note: str = ""


def read_manifest(path: Path | str) -> list[Utterance]:
    """Read a JSONL manifest (as NeMo's: one object a line) or a folder in LibriSpeech's layout.

    Sound files are taken relative to the manifest.

    Raises:
        CorpusError: the list is missing, empty or malformed (naming the line), or a sound file
            that it names does not exist.
    """
    path = Path(path)
    if path.is_dir():
        utterances = list(_librispeech(path))
    elif path.is_file():
        utterances = list(_jsonl(path))
    else:
        raise CorpusError(
            f"{path}: no such manifest",
            "give a JSONL file with audio_filepath and text on each line",
            "or a folder in LibriSpeech's layout (SPEAKER/CHAPTER/*.trans.txt)",
        )
    if not utterances:
        raise CorpusError(f"{path}: holds no utterance", "check that the list is not empty")
    for utterance in utterances:
        if not utterance.audio.is_file():
            raise CorpusError(
                f"{path}: names a sound that does not exist: {utterance.audio}",
                "audio_filepath is taken relative to the manifest's own folder",
            )
    return utterances


def _jsonl(path: Path) -> Iterator[Utterance]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: is not UTF-8 text ({error.reason})") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = Utterance.model_validate(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise CorpusError(
                f"{path}, line {number}: {_reason(error)}",
                'each line is an object such as {"audio_filepath": "a.flac", "text": "yes"}',
            ) from error
        if not row.text.strip():
            raise CorpusError(
                f"{path}, line {number}: the text of {row.audio} is empty",
                "remove the line, or write down what is said",
            )
        yield row.model_copy(update={"audio": path.parent / row.audio})


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the line"
        return f"{where}: {first['msg']}"
    return f"not JSON ({error})"


def _librispeech(folder: Path) -> Iterator[Utterance]:
    for transcript in sorted(folder.rglob("*.trans.txt")):
        for line in transcript.read_text(encoding="utf-8").splitlines():
            name, _, text = line.partition(" ")
            if not text.strip():
                raise CorpusError(f"{transcript}: {name or 'a line'} has no text")
            yield Utterance(
                audio_filepath=transcript.parent / f"{name}.flac",
                text=text.lower(),
                speaker=f"librispeech:{name.split('-')[0]}",
                corpus="librispeech",
            )
