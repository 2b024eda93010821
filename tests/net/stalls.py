"""How late does a process wake on this CPU? `stalls.py FILE` keeps the worst so far in FILE, in milliseconds."""

import os
import sys
import time

TURN = 0.01
path, worst = sys.argv[1], -1
due = time.monotonic()
while True:
    late = int((time.monotonic() - due) * 1000)
    if late > worst:
        worst = late
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(f"{worst}\n")
        os.rename(path + ".new", path)
    due = time.monotonic() + TURN
    time.sleep(TURN)
