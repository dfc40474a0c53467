"""How much of the spend can be tied to those who cause it."""

from __future__ import annotations

import pytest
from observed import SCOPE, asked, refused, view_of

from colonnade.cost.collect import label_coverage
from colonnade.cost.evidence import LabelCoverage


def test_spend_without_labels_is_not_allocated():
    requests = [asked(usd=3.0), asked(usd=1.0, labels={"team": "library"}), refused("x", labels={})]
    found = view_of(label_coverage(requests, SCOPE), LabelCoverage)
    assert (found.requests, found.labelled) == (2, 1)
    assert (found.usd, found.usd_unallocated) == (4.0, 1.0)


@pytest.mark.parametrize(
    "bare", [{"labels": {"team": "", "use_case": "q"}}, {"labels": {"use_case": "q"}}, {"workload": ""}]
)
def test_a_label_that_is_empty_or_missing_is_none(bare):
    assert view_of(label_coverage([asked(**bare)], SCOPE), LabelCoverage).labelled == 0
