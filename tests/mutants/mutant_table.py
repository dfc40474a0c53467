"""The table: every judged signal, with the breaks that must turn it.

`run` rows break a whole run of the gateway. The others break less than that, and say why:
`record` rows write the record that a collector or drill would write, since no process writes it yet or the run would
take too long; `declared` rows hand the judge what the loader refuses, so that no folder can say it.
"""

from __future__ import annotations

import breaks
import drill_breaks
import spread_breaks
from breaks import RULING, committed, declared, drilled, edited, left_out, read_back, served, tampered
from brought_mutants import BROUGHT
from imported_mutants import IMPORTED
from mutant import Break, Mutant
from signed_mutants import SIGNED

__all__ = ["MUTANTS", "Break", "Mutant"]

WORKLOAD = "workload/workload.yaml"
ALTERED = "UPDATE request SET body = replace(body, '\"status\":200', '\"status\":201') WHERE seq > 5"

DOOR_OPEN = Break("identify left out", left_out("identify", "access"))
JOURNAL_OUT = Break("journal left out", left_out("journal", "canary-request", "reconstruct"))
NOTICE_OUT = Break("disclose left out", left_out("disclose", "disclosure"))
NOTICE_OUT_UNASKED = Break("disclose left out, and nobody asked since", left_out("disclose", questions=()))
RENDER_OUT = Break("render left out", left_out("render", questions=[*breaks.FEW, RULING]))
CAP_OUT = Break("cap left out", left_out("cap"))
CACHE_OUT = Break("cache left out", left_out("cache", "cache-replay", "cache-isolation"))
BUDGET_OUT = Break("budget left out", left_out("budget", "budget"))
FOOTPRINT_OUT = Break("footprint left out", left_out("footprint"))
UNASKED = Break("nobody asked anything", breaks.unheard)
HUNG = Break("no sample for half an hour", breaks.silent_for_long)
TAMPERED = Break("the ledger altered", tampered(ALTERED))
DELETED = Break("requests deleted", tampered("DELETE FROM request WHERE seq > 300"))
OTHER_MODEL = Break("another model answers", breaks.model_swapped)
SHORT_LIVED = Break("records kept below the legal minimum", read_back(retention_days={"requests": 30}))
EVERYWHERE = Break("listening on every address", breaks.open_to_all)
INVENTED = Break("the model invents", breaks.answers_invented)
RETRIEVE_OUT = Break("retrieve left out", left_out("retrieve"))
LOSS_FELT = Break(
    "a loss, and nothing steps in",
    drill_breaks.drilled_without(drill_breaks.NO_SPREADING, "failover", drill_breaks.LOST),
)
LOSS_UNFELT = Break(
    "a loss that is none", drill_breaks.drilled_without(drill_breaks.TOOTHLESS, "failover", drill_breaks.LOST)
)
FAULT_SPREADS = Break(
    "a fault, and nothing contains it",
    drill_breaks.drilled_without(drill_breaks.NO_SPREADING, "upstream-fault", frozenset({"503 at here"})),
)
FAULT_TOOTHLESS = Break(
    "a fault that is none",
    drill_breaks.drilled_without(drill_breaks.TOOTHLESS, "upstream-fault", frozenset({"503 at here"})),
)
CONSTRAIN_OUT = Break("constrain left out", left_out("constrain", "constraints"))
METER_OUT = Break("meter left out", breaks.unmetered)
SPREAD_OUT = Break("spread left out", left_out("spread"))

MUTANTS = (
    Mutant("UC-01", 1, Break("intent not committed", edited("every day.", "every night."))),
    Mutant("UC-02", 1, Break("no technical person", edited("role: technical", "role: sponsor"))),
    Mutant("UC-03", 1, Break("target is the baseline", edited("target: 0.8", "target: 0.4"))),
    Mutant("UC-03", 2, UNASKED),
    Mutant("UC-03", 2, Break("evaluation not run", edited("answered_share", "retrieval_recall_at_5"))),
    Mutant("UC-04", 1, Break("regimes listed as empty", edited("regimes: [gdpr]", "regimes: []"))),
    Mutant("UC-04", 2, CONSTRAIN_OUT),
    Mutant("UC-04", 2, Break("a regime that nobody keeps", edited("[gdpr]", "[gdpr, the_law_of_the_sea]"))),
    Mutant("UC-04", 3, CONSTRAIN_OUT),
    Mutant(
        "UC-05", 1, Break("pictures wanted", edited("output: [text]}\napp", "output: [text, image]}\napp"))
    ),
    Mutant("UC-05", 2, Break("pictures sent", breaks.pictures_sent)),
    Mutant("UC-07", 1, Break("said to be grounded", declared("rag", enabled=True)), "declared"),
    Mutant("UC-07", 2, RETRIEVE_OUT, world="grounded"),
    Mutant("UC-07", 3, INVENTED, "record", "grounded"),
    Mutant("OPS-04", 1, HUNG),
    Mutant("OPS-04", 2, UNASKED),
    Mutant("OPS-10", 1, HUNG),
    Mutant("OPS-11", 1, JOURNAL_OUT),
    Mutant("OPS-11", 2, JOURNAL_OUT),
    Mutant(
        "OPS-11",
        2,
        Break("stored unredacted", served("labels: {", "privacy: {redact: []}\nlabels: {")),
    ),
    Mutant("OPS-11", 3, JOURNAL_OUT),
    Mutant(
        "OPS-13",
        1,
        Break("a runbook overdue", edited("2099", "2020", "workload/runbooks/endpoint-failure.md")),
    ),
    Mutant("OPS-13", 2, Break("a procedure that does not work", breaks.runbook_broken)),
    Mutant("OPS-17", 1, Break("bound without approval", breaks.rebound)),
    Mutant("OPS-17", 2, TAMPERED),
    Mutant("OPS-17", 2, DELETED),
    Mutant("OPS-17", 3, OTHER_MODEL),
    Mutant(
        "OPS-18",
        1,
        Break("a prompt not committed", edited("three sentences", "four", "workload/prompts/answer.md")),
    ),
    Mutant(
        "OPS-18",
        1,
        Break("a prompt not reviewed", committed("three", "four", "workload/prompts/answer.md")),
    ),
    Mutant(
        "OPS-18",
        1,
        Break(
            "a prompt reviewed by its author",
            committed(
                "three", "four", "workload/prompts/answer.md", "Reviewed-by: Noor Haddad <noor@example.org>"
            ),
        ),
    ),
    Mutant("OPS-18", 2, Break("system messages let in", breaks.ruled)),
    Mutant("OPS-18", 2, RENDER_OUT),
    Mutant(
        "OPS-20",
        1,
        Break("not linted", committed("colonnade check", "true", ".github/workflows/check.yml")),
    ),
    Mutant(
        "OPS-20",
        1,
        Break(
            "linting commented out",
            committed("      - run", "      # - run", ".github/workflows/check.yml"),
        ),
    ),
    Mutant("OPS-20", 2, RENDER_OUT),
    Mutant("SEC-01", 2, Break("no TLS", drilled("transport"))),
    Mutant("SEC-01", 3, Break("the store's key not rotated", breaks.store_key_old)),
    Mutant("SEC-02", 1, DOOR_OPEN),
    Mutant("SEC-02", 1, Break("a key forgotten", breaks.key_forgotten)),
    Mutant("SEC-02", 2, DOOR_OPEN),
    Mutant(
        "SEC-04",
        1,
        Break("no licence stated", edited("license: CC0-1.0", "license: unstated")),
        world="grounded",
    ),
    Mutant("SEC-04", 2, Break("the index forgotten", breaks.index_forgotten), world="grounded"),
    Mutant("SEC-06", 1, DOOR_OPEN),
    Mutant("SEC-06", 1, EVERYWHERE),
    Mutant("SEC-06", 1, Break("a key for two years", breaks.key_for_two_years)),
    Mutant("SEC-06", 2, DOOR_OPEN),
    Mutant("SEC-06", 2, EVERYWHERE),
    Mutant("SEC-06", 3, Break("asked beside the gateway", breaks.beside_the_gateway), "record"),
    Mutant("SEC-07", 1, Break("bound without history", breaks.bound_unseen)),
    Mutant("SEC-07", 2, OTHER_MODEL),
    Mutant("SEC-07", 2, Break("other weights loaded", breaks.other_weights), "record", "grounded"),
    Mutant("SEC-07", 3, Break("a loader that does not look", breaks.loads_anything), "record", "grounded"),
    Mutant("REL-01", 2, SPREAD_OUT, world="spread"),
    Mutant("REL-01", 2, Break("the second one only stands by", served("tier: 0", "tier: 1")), world="spread"),
    Mutant("REL-02", 1, SPREAD_OUT, world="spread"),
    Mutant("REL-02", 2, Break("weights not looked at", spread_breaks.always_the_first), world="spread"),
    Mutant("REL-02", 2, Break("sick targets asked", spread_breaks.sick_ones_asked), world="spread"),
    Mutant("REL-04", 1, SPREAD_OUT, world="spread"),
    Mutant("REL-04", 1, Break("nothing retried", served("attempts: 3", "attempts: 1")), world="spread"),
    Mutant("REL-04", 2, Break("the retry share ignored", spread_breaks.budget_ignored), world="spread"),
    Mutant(
        "REL-04", 2, Break("transitions not written", spread_breaks.transitions_forgotten), world="spread"
    ),
    Mutant("REL-07", 2, Break("the copy of an hour ago", breaks.rebuilt_from_an_old_copy)),
    Mutant("REL-08", 2, Break("no time to restore", breaks.restored_without_time)),
    Mutant("REL-08", 1, Break("a backup too old", breaks.backup_too_old), "record"),
    Mutant("REL-08", 1, Break("no place for backups", edited("backup: {to", "auto_s: 30 #{to")), "run"),
    Mutant("REL-01", 3, LOSS_FELT, world="spread"),
    Mutant("REL-01", 3, LOSS_UNFELT, world="spread"),
    Mutant("REL-03", 1, Break("nobody starts it again", drill_breaks.not_back), "record", "spread"),
    Mutant("REL-04", 3, FAULT_SPREADS, world="spread"),
    Mutant("REL-04", 3, FAULT_TOOTHLESS, world="spread"),
    Mutant(
        "REL-05", 1, Break("changed, and not exercised since", drill_breaks.another_policy), world="spread"
    ),
    Mutant("REL-06", 1, Break("too little sent", drill_breaks.too_little), "record", "spread"),
    Mutant("REL-06", 2, Break("slower than before", drill_breaks.slower), "record", "spread"),
    Mutant("REL-09", 1, Break("a run over unknown data", breaks.run_over_unknown_data), "record"),
    Mutant("REL-09", 1, Break("a version not named", breaks.version_unnamed), "record", "grounded"),
    Mutant("REL-09", 2, Break("not brought back", breaks.not_brought_back), "record", "grounded"),
    Mutant("PERF-04", 1, JOURNAL_OUT),
    Mutant("PERF-07", 1, CACHE_OUT),
    Mutant("PERF-07", 1, Break("a stale answer given", breaks.given_when_stale), "record"),
    Mutant("PERF-07", 2, CACHE_OUT),
    Mutant("PERF-09", 1, Break("prompts over their budget", breaks.over_budget)),
    Mutant("PERF-10", 1, CAP_OUT),
    Mutant("PERF-10", 2, CAP_OUT),
    Mutant("PERF-11", 1, CACHE_OUT),
    Mutant("PERF-11", 2, CACHE_OUT),
    Mutant("COST-01", 2, Break("a key without a team", breaks.key_without_team)),
    Mutant("COST-02", 1, BUDGET_OUT),
    Mutant("COST-02", 1, Break("nobody told", served('"http://127.0.0.1:9/budget"', ""))),
    Mutant("COST-02", 2, BUDGET_OUT),
    Mutant("COST-03", 1, Break("more billed than recorded", breaks.billed_more)),
    Mutant("COST-03", 2, METER_OUT),
    Mutant("COST-03", 2, Break("a dear hour that nobody explains", breaks.dear_hour), "record"),
    Mutant(
        "COST-08",
        1,
        Break("answers dearer than budgeted", edited("per_outcome_usd: 0.001", "per_outcome_usd: 0.0000001")),
    ),
    Mutant("COST-08", 1, METER_OUT),
    Mutant("COST-08", 2, UNASKED),
    Mutant("COST-09", 1, Break("prices of long ago", breaks.price_of_long_ago)),
    Mutant("COST-10", 1, Break("work that can wait asked for at once", breaks.not_on_the_lane)),
    Mutant("COST-10", 1, Break("rows out of time", breaks.out_of_time), "record"),
    Mutant("COST-10", 2, Break("rows without a price", breaks.rows_unpriced)),
    Mutant("SUS-04", 1, Break("a dirtier region", edited('current: "local:SE"', 'current: "local:DE"'))),
    Mutant("SUS-04", 2, FOOTPRINT_OUT),
    Mutant("SUS-06", 1, SHORT_LIVED, "record"),
    Mutant("SUS-06", 2, Break("kept too long", breaks.kept_too_long)),
    Mutant("RAI-05", 1, JOURNAL_OUT),
    Mutant("RAI-05", 1, RETRIEVE_OUT, world="grounded"),
    Mutant("RAI-05", 2, INVENTED, "record"),
    Mutant(
        "RAI-05",
        3,
        Break("limits not told", committed("## Limits", "## More", "workload/explanations.md")),
    ),
    Mutant("RAI-06", 1, NOTICE_OUT),
    Mutant("RAI-06", 1, NOTICE_OUT_UNASKED),
    Mutant("RAI-06", 2, NOTICE_OUT),
    Mutant("RAI-07", 1, TAMPERED),
    Mutant("RAI-07", 1, DELETED),
    Mutant("RAI-07", 2, JOURNAL_OUT),
    Mutant("RAI-07", 2, Break("a request told badly", breaks.told_badly)),
    Mutant("RAI-07", 3, SHORT_LIVED, "record"),
    *IMPORTED,
    *BROUGHT,
    *SIGNED,
)
