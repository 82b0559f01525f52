"""A stand-in for the Edge TPU's compiler: it prints what the real one prints, and copies files.

`STANDIN` says how it behaves; `STANDIN_CALLS` names a file to which each call is appended.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from edge.manifest import Manifest

PROGRAM = """#!{python}
import os, shutil, sys
from pathlib import Path

arguments = sys.argv[1:]
mode = os.environ.get("STANDIN", "good")
calls = Path(os.environ["STANDIN_CALLS"])
with calls.open("a") as file:
    file.write(" ".join(arguments) + "\\n")
count = len(calls.read_text().splitlines())
models = [Path(each) for each in arguments if each.endswith(".tflite")]
out = Path(arguments[arguments.index("-o") + 1])
print("Edge TPU Compiler version 16.0.384591198")
print("Started a compilation timeout timer of 180 seconds.")

if mode == "crash" or (mode == "flaky" and count == 1):
    print("\\nInternal compiler error. Aborting! ")
    sys.exit(1)
if mode == "too new":
    print("ERROR: Didn't find op for builtin opcode 'CONV_2D' version '6'\\n")
    print("ERROR: Registration failed.\\n\\nInvalid model: a.tflite\\nModel could not be parsed")
    sys.exit(1)
if mode == "too large" and "-d" not in arguments:
    print("ERROR: Restored original execution plan after delegate application failure.")
    print("Compilation failed: Compilation failed due to large activation tensors in model.")
    print("Compilation child process completed within timeout period.\\nCompilation failed! ")
    sys.exit(1)

TABLES = {{
    "good": [("CONV_2D", 3, "Mapped to Edge TPU"), ("LOGISTIC", 1, "Mapped to Edge TPU")],
    "half": [
        ("CONV_2D", 1, "Mapped to Edge TPU"),
        ("CONV_2D", 2, "More than one subgraph is not supported"),
        ("BATCH_MATMUL", 1, "Operation not supported"),
    ],
    "nothing": [("CONV_2D", 4, "Operation is working on an unsupported data type")],
}}
for model in models:
    rows = TABLES.get(mode, TABLES["good"])
    mapped = sum(count for _, count, status in rows if status == "Mapped to Edge TPU")
    compiled = out / f"{{model.stem}}_edgetpu.tflite"
    print("\\nModel compiled successfully in 62 ms.\\n")
    print(f"Input model: {{model}}\\nInput size: 9.87KiB\\nOutput model: {{compiled}}")
    print("Output size: 56.59KiB")
    print("On-chip memory used for caching model parameters: 49.75KiB")
    print("On-chip memory remaining for caching model parameters: 7.68MiB")
    print("Off-chip memory used for streaming uncached model parameters: 0.00B")
    print(f"Number of Edge TPU subgraphs: {{int(mapped > 0)}}\\nTotal number of operations: 4")
    print(f"Operation log: {{compiled.with_suffix('.log')}}")
    if mapped < 4:
        print("\\nModel successfully compiled but not all operations are supported by the")
        print(f"Number of operations that will run on Edge TPU: {{mapped}}")
        print(f"Number of operations that will run on CPU: {{4 - mapped}}")
    print(f"\\n{{'Operator':31}}{{'Count':11}}Status\\n")
    for name, count, status in rows:
        print(f"{{name:31}}{{count:<11}}{{status}}")
    if mode != "silent":
        shutil.copy(model, compiled)
print("Compilation child process completed within timeout period.\\nCompilation succeeded! ")
"""


def write_standin(folder: Path) -> Path:
    """Write the stand-in as a program that can be run."""
    path = folder / "edgetpu_compiler"
    path.write_text(PROGRAM.format(python=sys.executable))
    path.chmod(0o755)
    return path


def edge_tpu_bundle(bundle: Path, out: Path) -> Path:
    """Copy the first two blocks of a bundle, as if they were converted for the Edge TPU."""
    out.mkdir()
    manifest = Manifest.read(bundle)
    exits = {exit: name for exit, name in manifest.exits.items() if exit <= 2}
    texts = [name for name in (manifest.tokens, manifest.ngrams) if name]
    kept = [manifest.frontend, *manifest.blocks[:2], *exits.values(), *texts]
    for name in kept:
        shutil.copy(bundle / name, out / name)
    changes = {
        "target": "edgetpu",
        "recipe": "static-int8",
        "buckets": manifest.buckets[:2],
        "blocks": manifest.blocks[:2],
        "exits": exits,
        "files": {name: manifest.files[name] for name in kept},
    }
    manifest.model_copy(update=changes).write(out)
    return out
