"""What others do while we measure."""

import subprocess
import sys
import time

from convert.bench.others import Others

SPIN = "import time; end = time.process_time() + 1.5\nwhile time.process_time() < end: pass"


def test_work_of_our_children_is_that_of_others_until_they_have_ended() -> None:
    others = Others()
    with subprocess.Popen([sys.executable, "-c", SPIN]) as child:
        time.sleep(1)
        meanwhile = others.cores()
        child.wait()
    # The rest of the machine may be at work too, all of this time.
    assert meanwhile > 0.5
    assert others.cores() < meanwhile - 0.3
