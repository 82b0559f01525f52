"""What others do while we measure."""

import subprocess
import sys
import time

import pytest

from convert.bench.others import Others

SPIN = "import time; end = time.process_time() + 1.5\nwhile time.process_time() < end: pass"


@pytest.mark.slow
def test_work_of_our_children_is_that_of_others_until_they_have_ended() -> None:
    others = Others()
    time.sleep(0.5)
    if others.cores() > 0.3:
        pytest.skip("others use this machine: what they do cannot be told from our child's work")
    with subprocess.Popen([sys.executable, "-c", SPIN]) as child:
        time.sleep(1)
        meanwhile = others.cores()
        child.wait()
    assert meanwhile > 0.5
    assert others.cores() < meanwhile - 0.3
