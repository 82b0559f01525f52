"""Sound files of any kind, rate and number of channels → mono samples at the encoder's rate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from edge.errors import AudioError

Samples = npt.NDArray[np.float32]

_LARGEST_CHUNK = 1 << 20
"""Values read at once, over all channels (4 MiB), however fast and wide the file is."""

_LOUDEST = 1e6
"""Float files may lie outside [−1, 1], and some hold 16-bit numbers as floats; beyond this it is
no sound, and its energy would overflow."""

_LOWEST_RATE, _HIGHEST_RATE = 1_000, 1_000_000
"""Hz. Outside of it the header is wrong: a second of sound would become hours, or nothing."""


def read(path: Path | str, sample_rate: int = 16_000) -> Samples:
    """Read a whole sound file.

    Args:
        path: WAV, FLAC, Ogg (Opus, Vorbis), MP3, or what else libsndfile reads.
        sample_rate: in Hz, of the result.

    Returns:
        f32[n], the mean of all channels, nominally in [−1, 1].

    Raises:
        AudioError: the file is missing, empty, damaged, or holds NaN or infinite samples.
    """
    return np.concatenate(list(stream(path, sample_rate)))


def stream(path: Path | str, sample_rate: int = 16_000, chunk_s: float = 10.0) -> Iterator[Samples]:
    """Read a sound file piece by piece, in memory that does not grow with its length.

    Arguments and errors as in `read`; errors come when the iterator gets there.

    Yields:
        f32[m], about `chunk_s` seconds or less; joined, they are what `read` returns.
    """
    path = Path(path)
    with _open(path) as file:
        resampler = None
        if file.samplerate != sample_rate:
            resampler = soxr.ResampleStream(file.samplerate, sample_rate, 1, dtype="float32")
        frames = min(round(chunk_s * file.samplerate), _LARGEST_CHUNK // file.channels)
        for mono in _mono(path, file, max(1, frames)):
            chunk = mono if resampler is None else resampler.resample_chunk(mono)
            if len(chunk):
                yield chunk
        if resampler is not None:
            rest = resampler.resample_chunk(np.empty(0, np.float32), last=True)
            if len(rest):
                yield rest


def _open(path: Path) -> soundfile.SoundFile:
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AudioError(f"{path}: cannot be read: {reason}", "check the path") from error
    if not path.is_file():
        raise AudioError(f"{path}: is not a file", "name the sound files in it one by one")
    if size == 0:
        raise AudioError(f"{path}: the file is empty", "record or copy it again")
    # libsndfile takes a RAW file on faith, and soundfile wants to be told its rate.
    file = None if path.suffix.lower() == ".raw" else _try_open(path)
    if file is None:
        raise AudioError(
            f"{path}: is not a sound file, or of a kind that libsndfile does not read",
            "convert it first: ffmpeg -i FILE sound.flac",
        )
    if not _LOWEST_RATE <= file.samplerate <= _HIGHEST_RATE:
        with file:
            raise AudioError(
                f"{path}: says it has {file.samplerate} samples a second, which is no sound",
                "write its header again: ffmpeg -i FILE -ar 16000 sound.flac",
            )
    return file


def _try_open(path: Path) -> soundfile.SoundFile | None:
    try:
        return soundfile.SoundFile(path)
    except soundfile.LibsndfileError:
        return None


def _mono(path: Path, file: soundfile.SoundFile, frames: int) -> Iterator[Samples]:
    """Yield f32[m] with m ≤ `frames`, the mean of the channels, at the file's own rate."""
    position = 0
    while len(block := _read_block(path, file, frames, position)):
        loudest = float(np.abs(block).max())
        # The comparison is false for NaN as well.
        if not loudest <= _LOUDEST:
            what = f"samples as large as {loudest:g}" if loudest > _LOUDEST else "NaN"
            raise AudioError(
                f"{path}: holds {what} within {len(block) / file.samplerate:.1f} s "
                f"from {position / file.samplerate:.1f} s on",
                "mend or remove that part of the file, or record it again",
            )
        position += len(block)
        yield block[:, 0] if file.channels == 1 else block.mean(axis=1)
    if position == 0:
        raise AudioError(f"{path}: has a header but no samples", "record or copy it again")


def _read_block(path: Path, file: soundfile.SoundFile, frames: int, position: int) -> Samples:
    try:
        block: Samples = file.read(frames, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"{path}: is damaged after {position / file.samplerate:.1f} s: {error.error_string}",
            "copy it again, or cut it there",
        ) from error
    return block
