"""Runs a command and writes to a file what it took: seconds, peak memory in KiB, exit code.

    python -I -S launch.py FILE COMMAND ARGUMENT…

A process's peak memory counts from its parent's at the start, so the parent of what is measured is this small one.
"""
import os
import sys
import time

if __name__ == "__main__":
    file, *command = sys.argv[1:]
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    with open(file, "w") as out:
        print(seconds, usage.ru_maxrss, os.waitstatus_to_exitcode(status), file=out)
