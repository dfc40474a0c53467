"""Views of step 6: who causes spend, what bounds it, whether bills agree, what outcomes cost, and what waiting saves."""

from __future__ import annotations

import msgspec

from colonnade.evaluation.evidence import Interval
from colonnade.evidence.view import view


@view("cost.labels")
class LabelCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Metered requests that carry workload, team, environment and use-case labels; US dollars."""

    requests: int
    labelled: int
    usd: float
    usd_unallocated: float


@view("telemetry.urgency", binds=("policy",))
class LaneUse(msgspec.Struct, frozen=True, kw_only=True):
    """Requests by urgency and lane, and rows of batches that ran out of time among all rows."""

    requests: int
    labelled: int
    deferrable: int
    on_lane: int
    rows: int
    missed: int


class LaneCost(msgspec.Struct, frozen=True, kw_only=True):
    """What one binding's priced answers cost on one lane; tokens of all kinds, US dollars."""

    answers: int
    tokens: int
    usd: float

    @property
    def per_ktok_usd(self) -> float:
        """US dollars for a thousand tokens; 0 without any."""
        return 1000.0 * self.usd / self.tokens if self.tokens else 0.0


class BindingLanes(msgspec.Struct, frozen=True, kw_only=True):
    """One binding on both lanes."""

    binding: str
    batch: LaneCost
    real_time: LaneCost


@view("cost.lanes", binds=("policy",))
class LaneCosts(msgspec.Struct, frozen=True, kw_only=True):
    """Bindings that answered rows of batches, with what they cost there and in real time."""

    bindings: list[BindingLanes]


@view("config.budget", binds=("policy", "workload"))
class BudgetConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The budgets that hold calls, as the serving gateway reads itself back.

    `caps` are US dollars by budget (`day`, `month`), none where no stage enforces them; `thresholds` are shares of them;
    `receivers` is how many web addresses are told. `holders` counts the budgets that keys and teams have beside.
    """

    caps: dict[str, float]
    thresholds: list[float]
    receivers: int
    holders: int = 0


@view("drill.budget", binds=("policy", "workload"))
class BudgetDrill(msgspec.Struct, frozen=True, kw_only=True):
    """Synthetic spend on a shadow budget, with the thresholds and the counters of the workload.

    `enforced` says that the gateway that serves holds calls to its budgets by the same code. `heard` are the
    shares of which a real receiver was told, in order; 1 stands for the cap. `spent` is the share of the cap that was
    spent when the first call was refused, `refused` whether one was, `beyond` whether more than the cap was ever spent.
    """

    enforced: bool
    thresholds: list[float]
    heard: list[float]
    spent: float
    refused: bool
    beyond: bool


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent in one hour or day. `outcomes` are useful answers; `start` is in seconds since the epoch.

    `unpriced` requests reached a model whose price nobody knows, and are not in `usd`.
    """

    start: float
    requests: int
    outcomes: int
    unpriced: int
    usd: float
    tokens: int

    @property
    def usd_per_request(self) -> float | None:
        """US dollars."""
        return self.usd / self.requests if self.requests else None

    @property
    def usd_per_outcome(self) -> float | None:
        """US dollars; what came to nothing is paid by the answers that did."""
        return self.usd / self.outcomes if self.outcomes else None

    @property
    def tokens_per_outcome(self) -> float | None:
        """Tokens, in and out."""
        return self.tokens / self.outcomes if self.outcomes else None


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """A value that stands out of its series. `disposition` is what somebody found of it, empty until then."""

    id: str
    what: str
    start: float
    value: float
    usual: float
    score: float
    disposition: str = ""


@view("telemetry.spend-series")
class SpendSeries(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent, point by point; `width_s` is the length of a point in seconds."""

    width_s: float
    points: list[Point]
    anomalies: list[Anomaly]

    @property
    def total(self) -> Point:
        """All points as one."""
        return Point(
            start=self.points[0].start if self.points else 0.0,
            requests=sum(point.requests for point in self.points),
            outcomes=sum(point.outcomes for point in self.points),
            unpriced=sum(point.unpriced for point in self.points),
            usd=sum(point.usd for point in self.points),
            tokens=sum(point.tokens for point in self.points),
        )


class Wasted(msgspec.Struct, frozen=True, kw_only=True):
    """One reason. Requests may have several; tokens are counted under the first that applies."""

    reason: str
    requests: int
    tokens: int
    usd: float


@view("telemetry.waste")
class Waste(msgspec.Struct, frozen=True, kw_only=True):
    """What was used by all requests that asked a model, and the part of it that bought nothing.

    Passages count as unused where an answer names others by number and not these. Of `with_passages` requests,
    `with_citations` have such an answer; whether the others used theirs is not known, and they count none.
    """

    requests: int
    tokens: int
    usd: float
    parts: list[Wasted]
    with_passages: int
    with_citations: int

    @property
    def share(self) -> float:
        """The wasted tokens as a share of all."""
        return sum(part.tokens for part in self.parts) / self.tokens if self.tokens else 0.0


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One model in one period. `billed_usd` is None where nothing is billed, or the export has no money."""

    period: str
    model: str
    requests: int
    unpriced: int
    recorded_usd: float
    billed_usd: float | None
    recorded_tokens: int
    billed_tokens: int | None

    @property
    def share(self) -> float | None:
        """How much more is recorded than billed, as a share of the bill; None without a bill."""
        return self.recorded_usd / self.billed_usd - 1.0 if self.billed_usd else None

    @property
    def standing(self) -> str:
        """Whether both sides know it."""
        billed = self.billed_usd is not None or self.billed_tokens is not None
        if billed and self.requests:
            return "both"
        return "billed only" if billed else "recorded only"


@view("cost.reconciliation")
class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """Every period that is billed and over. `age_h` is how long ago the newest one ended, in hours; None without any.

    `rejected` counts lines of the exports that could not be read.
    """

    rows: list[Compared]
    bills: int
    rejected: int
    age_h: float | None

    @property
    def recorded_usd(self) -> float:
        """What the meter has for the periods that are billed."""
        return sum(row.recorded_usd for row in self.rows)

    @property
    def billed_usd(self) -> float:
        """What is billed."""
        return sum(row.billed_usd or 0.0 for row in self.rows)

    @property
    def names_money(self) -> bool:
        """Whether any line has money: exports of usage have tokens only."""
        return any(row.billed_usd is not None for row in self.rows)

    @property
    def apart(self) -> float | None:
        """All differences, whatever their sign, as a share of the bill: what one row has too much makes up for no other."""
        if self.billed_usd <= 0.0:
            return None
        return sum(abs(row.recorded_usd - (row.billed_usd or 0.0)) for row in self.rows) / self.billed_usd


class ScoredModel(msgspec.Struct, frozen=True, kw_only=True):
    """A bound text model with its price for a million tokens and its quality, as far as they are known.

    `age_days` is how old the price is: since its own date, or since the newest day on which its list was verified; None
    where the model is not paid by the token. `quality` is from the newest evaluation of the workload's own questions.
    """

    binding: str
    model: str
    known: bool
    input_usd: float
    output_usd: float
    source: str
    age_days: float | None
    disputed: bool
    quality: Interval | None = None


@view("eval.scorecard", binds=("workload", "models"))
class Scorecard(msgspec.Struct, frozen=True, kw_only=True):
    """The text models that routes are bound to, cheapest first; `dataset_digest` is empty without an evaluation."""

    models: list[ScoredModel]
    dataset_digest: str
