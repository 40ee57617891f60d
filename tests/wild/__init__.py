"""Losses that people wrote, as public threads and projects show them."""

from tests.wild import broken, correct
from tests.wild.records import Broken, Correct, records_in

BROKEN = records_in(broken, Broken)
CORRECT = records_in(correct, Correct)
