"""The encoder that the repository ships, converted as a user would, on the speech beside it."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from calibration.measure import measure
from calibration.mixing import Mixer, Sounds, drawn, surroundings
from calibration.replay import replay
from calibration.speech import Speech
from calibration.wer import word_errors
from edge import audio
from edge.bundle import Bundle
from edge.calibration import ThresholdRule
from edge.corpus import Utterance, read_manifest
from edge.decode import greedy
from edge.encoder import Encoder
from edge.inputs import prepare
from edge.recogniser import Recogniser

torch = pytest.importorskip("torch", reason="conversion needs eedge[convert]")
pytest.importorskip("litert_torch", reason="conversion needs eedge[convert]")

pytestmark = pytest.mark.slow

BUCKETS = (64, 128, 192)


@pytest.fixture(scope="module")
def checkpoint(repository: Path) -> Path:
    return repository / "checkpoints" / "small"


@pytest.fixture(scope="module")
def speech(repository: Path) -> list[Utterance]:
    """Half of the test utterances, clean and noisy; all fit the longest bucket."""
    return read_manifest(repository / "tests" / "audio" / "test.jsonl")[::2]


@pytest.fixture(scope="module")
def bundle(checkpoint: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    out = tmp_path_factory.mktemp("shipped") / "small.eedge"
    data = repository / "tests" / "audio" / "cal.jsonl"
    subprocess.run(
        [sys.executable, "-m", "eedge", "convert", checkpoint, "--data", data, "--out", out,
         "--utterances", "30", "--buckets", ",".join(map(str, BUCKETS)),
         "--min-sqnr", "25", "--max-flips", "0.05"],
        cwd=repository,
        check=True,
    )  # fmt: skip
    return Bundle.open(out)


def test_a_checkpoint_is_small_enough_to_ship(checkpoint: Path) -> None:
    assert (checkpoint / "model.safetensors").stat().st_size < 15_000_000
    assert "CC BY" in (checkpoint / "card.md").read_text()


def test_every_block_keeps_its_signal(bundle: Bundle) -> None:
    quality = json.loads((bundle.path / "quality.json").read_text())
    assert len(quality["blocks"]) == 12
    assert quality["blocks"]["12"]["chained_db"] >= 25
    assert min(block["alone_db"] for block in quality["blocks"].values()) >= 35


def test_a_text_depends_on_nothing_else(bundle: Bundle, speech: list[Utterance]) -> None:
    recogniser = Recogniser(bundle, memory_mb=math.inf)
    alone = [Recogniser(bundle).transcribe_file(utterance.audio).text for utterance in speech[:8]]
    backwards = [recogniser.transcribe_file(u.audio).text for u in reversed(speech[:8])]
    assert alone == backwards[::-1]
    encoder = Encoder(bundle, memory_mb=math.inf)
    for utterance, expected in zip(speech[:8], alone, strict=True):
        features = prepare(audio.read(utterance.audio), bundle.manifest.features)
        for bucket in BUCKETS:
            if bundle.manifest.encoder_frames(len(features)) <= bucket:
                *_, last = encoder.exits(features, bucket)
                assert greedy(last.log_probs, bundle.tokens) == expected


def test_int8_reads_as_well_as_float(
    bundle: Bundle, checkpoint: Path, speech: list[Utterance]
) -> None:
    from training.checkpoint import load_checkpoint

    loaded = load_checkpoint(checkpoint)
    words = int8_errors = float_errors = 0
    recogniser = Recogniser(bundle, memory_mb=math.inf)
    for utterance in speech:
        samples = audio.read(utterance.audio)
        features = torch.from_numpy(prepare(samples, loaded.config.features))
        with torch.no_grad():
            logits, _ = loaded.model(features[None], torch.tensor([len(features)]))
        text = greedy(logits[12][0].log_softmax(-1).numpy(), loaded.tokens)
        float_errors += word_errors(utterance.text, text)
        int8_errors += word_errors(utterance.text, recogniser.transcribe(samples).text)
        words += len(utterance.text.split())
    # On so few words, one more error is 0.4 points; docs/results.md has the figure for many.
    assert 100 * (int8_errors - float_errors) / words < 2.0
    assert int8_errors / words < 0.6


def test_louder_noise_is_left_later(bundle: Bundle, shared_data: Path, tmp_path: Path) -> None:
    few = drawn(Speech.read(shared_data / "test.jsonl"), 20, seed=0)
    rate = bundle.manifest.sample_rate
    mixer = Mixer(Sounds.read(shared_data / "noise.jsonl", rate), None, seed=0, rate=rate)
    depths: list[float] = []
    for around in surroundings([10.0, 0.0], rooms=False):
        heard, _ = mixer.write(few, around, tmp_path)
        table = measure(bundle, heard, around.name, repeats=1)
        if not depths:
            # About half of what an exit says of clean speech is as sure as this.
            sure = float(np.median(table.score("entropy_nats")))
        rule = ThresholdRule(score="entropy_nats", threshold=sure)
        depths.append(float(replay(table, rule).depth.mean()))
    assert depths[0] < depths[1] < depths[2]


def test_recognising_takes_less_than_200_mb(bundle: Bundle, speech: list[Utterance]) -> None:
    files = [str(utterance.audio) for utterance in speech]
    # Not ru_maxrss: that begins with what the parent held when it forked.
    script = (
        "import re, sys; from pathlib import Path; from eedge.cli import main; "
        "status = main(sys.argv[1:]); "
        "peak = re.search(r'VmHWM:\\s+(\\d+) kB', Path('/proc/self/status').read_text()); "
        "print(peak.group(1), file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "run", str(bundle.path), *files],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stderr.split()[-1]) < 200_000
