"""Adds up test reports: `count.py report.xml… ` prints "passed failed skipped" on one line.

A JUnit file of ctest holds one entry a program; the cases inside are read from what cmocka printed,
so that a program of thirty claims counts thirty. A program that died counts its death as one failure.
"""

import re
import sys
import xml.etree.ElementTree as ET

CMOCKA = {
    "passed": re.compile(r"^\[  PASSED  \] (\d+) test\(s\)", re.M),
    "failed": re.compile(r"^\[  FAILED  \] (?:tests: )?.*?(\d+) test\(s\), listed below", re.M),
    "skipped": re.compile(r"^\[  SKIPPED \] .*?(\d+) test\(s\), listed below", re.M),
}


def cmocka_cases(text):
    """(passed, failed, skipped) as cmocka reports them; all zero when it printed nothing."""
    return tuple(
        sum(int(n) for n in CMOCKA[word].findall(text)) for word in ("passed", "failed", "skipped")
    )


def of_entry(entry):
    output = entry.findtext("system-out") or ""
    died = entry.find("failure") is not None or entry.find("error") is not None
    died = died or entry.get("status") == "fail"
    skip = entry.find("skipped")
    left_out = skip is not None or entry.get("status") == "disabled"
    if entry.get("status") == "notrun" and "SKIP_" not in (skip.get("message", "") if skip is not None else ""):
        return 0, 1, 0  # ctest found no program to run
    passed, failed, skipped = cmocka_cases(output)
    if died:
        return passed, max(failed, 1), skipped
    if left_out:
        return 0, 0, 1
    return (passed, failed, skipped) if passed or skipped else (1, 0, 0)


def of_file(path):
    return [of_entry(entry) for entry in ET.parse(path).iter("testcase")]


def main(paths):
    entries = [entry for path in paths for entry in of_file(path)]
    print(*(sum(column) for column in zip(*entries)) if entries else (0, 0, 0))


if __name__ == "__main__":
    main(sys.argv[1:])
