"""ONNX Runtime on its CPU provider, without padding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from convert.bench.engines.engine import Decode, Inside, Prepare
from edge.audio import Samples


class OnnxEngine:
    """A session with the inputs `features` f32[1, T, …] and `mask` f32[1, T, 1], T free."""

    def __init__(
        self, session: onnxruntime.InferenceSession, prepare: Prepare, decode: Decode
    ) -> None:
        self._session = session
        self._prepare = prepare
        self._decode = decode

    def transcribe(self, samples: Samples) -> str:
        """Run the session on exactly the frames that there are."""
        features = self._prepare(samples)
        inputs = {"features": features[np.newaxis], "mask": np.ones((1, len(features), 1), "f4")}
        return self._decode(self._session.run(None, inputs)[0][0])

    def inside(self) -> Inside | None:
        """Return None: it is another interpreter than the bundle's."""
        return None


def load_onnx(path: Path, prepare: Prepare, decode: Decode, threads: int) -> OnnxEngine:
    """Open a file that `convert.bench.exports.export_onnx` wrote, with all optimisations."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return OnnxEngine(session, prepare, decode)
