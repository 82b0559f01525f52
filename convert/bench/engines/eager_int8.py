"""PyTorch with the matrix products of all Linear in dynamic int8, eagerly, without padding."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.ao.quantization import quantize_dynamic

from convert.bench.engines.eager import EagerEngine
from convert.bench.engines.engine import Decode, Prepare
from convert.parts import whole_part
from convert.quiet import captured_output
from training.checkpoint import load_checkpoint


def load_eager_int8(
    checkpoint: Path, prepare: Prepare, decode: Decode, threads: int
) -> EagerEngine:
    """Load front end, all blocks and the last branch; convolutions stay float32."""
    torch.set_num_threads(threads)
    model = load_checkpoint(checkpoint).model
    whole = whole_part(model, model.config.exits[-1]).module
    # Says that it is deprecated in favour of another package.
    with captured_output("PyTorch's int8"):
        quantised = quantize_dynamic(whole, {torch.nn.Linear})  # type: ignore[no-untyped-call]
    return EagerEngine(quantised, prepare, decode)
