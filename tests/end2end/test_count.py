"""The counter behind the last line of scripts/test."""

import subprocess
import sys

import pytest

from gateway import ROOT

CMOCKA_GOOD = "[==========] Running 3 test(s).\n[  PASSED  ] 3 test(s).\n"
CMOCKA_BAD = (
    "[==========] tests: 4 test(s) run.\n[  PASSED  ] 2 test(s).\n"
    "[  FAILED  ] tests: 2 test(s), listed below:\n[  FAILED  ] a\n[  FAILED  ] b\n\n 2 FAILED TEST(S)\n")


def entry(inside="", status="run"):
    return f'<testcase name="x" status="{status}">{inside}</testcase>'


@pytest.mark.parametrize("entries,sums", [
    ([entry()], "1 0 0"),
    ([entry(f"<system-out>{CMOCKA_GOOD}</system-out>")], "3 0 0"),
    ([entry(f"<failure/><system-out>{CMOCKA_BAD}</system-out>", "fail")], "2 2 0"),
    ([entry("<failure/>", "fail")], "0 1 0"),
    ([entry("<error/>")], "0 1 0"),
    ([entry('<skipped message="no reason"/>')], "0 0 1"),
    ([entry('<skipped message="SKIP_RETURN_CODE=77"/>', "notrun")], "0 0 1"),
    ([entry('<skipped message="Unable to find executable"/>', "notrun")], "0 1 0"),
    ([entry(f"<failure/><system-out>{CMOCKA_GOOD}</system-out>", "fail")], "3 1 0"),
    ([], "0 0 0"),
])
def test_every_case_is_counted_once(tmp_path, entries, sums):
    report = tmp_path / "report.xml"
    report.write_text("<testsuites><testsuite>" + "".join(entries) + "</testsuite></testsuites>")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "count.py"), str(report)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == sums


def test_cmocka_still_prints_what_the_counter_reads(tmp_path):
    source = tmp_path / "t.c"
    source.write_text("""
        #include <stdarg.h>
        #include <stddef.h>
        #include <stdint.h>
        #include <setjmp.h>
        #include <cmocka.h>
        static void good(void **s) { (void)s; }
        static void bad(void **s) { (void)s; assert_true(0); }
        int main(void) {
            const struct CMUnitTest t[] = {cmocka_unit_test(good), cmocka_unit_test(bad), cmocka_unit_test(good)};
            return cmocka_run_group_tests(t, NULL, NULL);
        }""")
    built = subprocess.run(["cc", str(source), "-o", str(tmp_path / "t"), "-lcmocka"], capture_output=True)
    if built.returncode:
        pytest.skip("no cmocka to build with")
    said = subprocess.run([str(tmp_path / "t")], capture_output=True, text=True)
    sys.path.insert(0, str(ROOT / "tests"))
    from count import cmocka_cases

    assert cmocka_cases(said.stdout + said.stderr) == (2, 1, 0)
