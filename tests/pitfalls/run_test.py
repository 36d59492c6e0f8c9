"""The checker of tests/pitfalls.tsv against tables that are wrong in one way each."""

import importlib.machinery
import importlib.util
import os
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
loader = importlib.machinery.SourceFileLoader("run", os.path.join(HERE, "run"))
run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
loader.exec_module(run)


def table(**references):
    """A whole table; references by id, every other row is not ours."""
    return "".join(
        f"{letter}{n:02}\tclaim\t{references.get(f'{letter}{n:02}', '- not ours')}\n"
        for letter, last in run.LETTERS.items()
        for n in range(1, last + 1)
    )


class Table(unittest.TestCase):
    def setUp(self):
        self.tests = tempfile.TemporaryDirectory()
        for path, text in {
            "unit/sdk/ir/fold_test.c": "TEST(folds)\n{\n}\n",
            "end2end/test_x.py": "def test_one(gateway):\n    pass\n\ndef helper():\n    pass\n",
            "wire/claude/blocks.request.json": "{}",
            "fuzz/sse_fuzz.c": "",
            "scenario/moves": "",
        }.items():
            os.makedirs(os.path.join(self.tests.name, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(self.tests.name, path), "w", encoding="utf-8") as file:
                file.write(text)

    def tearDown(self):
        self.tests.cleanup()

    def faults(self, text):
        return run.faults_of(text, self.tests.name)

    def test_references_that_exist_are_taken(self):
        every = "unit/sdk/ir/fold:folds end2end/test_x.py:test_one wire/claude/blocks fuzz/sse scenario/moves"
        self.assertEqual(self.faults(table(A01=every)), ([], []))

    def test_a_reference_to_nothing_is_a_fault(self):
        for missing in (
            "unit/sdk/ir/fold:unfolds",
            "unit/sdk/ir/fold",
            "unit/sdk/ir/gone:folds",
            "end2end/test_x.py:test_two",
            "end2end/test_x.py:helper",
            "wire/claude/none",
            "fuzz/gone",
            "scenario/gone",
            "nonsense",
            "other/x",
        ):
            with self.subTest(missing):
                self.assertEqual(len(self.faults(table(B02=missing))[0]), 1)

    def test_unknown_doubled_missing_and_misplaced_ids_are_faults(self):
        whole = table()
        self.assertEqual(len(self.faults(whole + "Z01\tclaim\t- not ours\n")[0]), 1)
        self.assertEqual(len(self.faults(whole + "K10\tclaim\t- not ours\n")[0]), 1)
        self.assertEqual(self.faults(whole.split("\n", 1)[1])[0], ["A01 is missing"])
        first, rest = whole.split("\n", 1)
        self.assertEqual(len(self.faults(rest + first + "\n")[0]), 1)

    def test_a_row_without_references_is_listed(self):
        self.assertEqual(self.faults(table(C03="")), ([], ["C03"]))

    def test_not_ours_wants_a_reason(self):
        self.assertEqual(len(self.faults(table(D01="-"))[0]), 1)


if __name__ == "__main__":
    unittest.main()
