"""Compiled models as public threads show them, each with a mistake between the model,
its loss, the data and the weights, and without it."""

from tests.wild.records import records_in
from tests.wild_models import wrong
from tests.wild_models.records import WrongModel

WRONG = records_in(wrong, WrongModel)
