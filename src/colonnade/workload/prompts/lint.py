"""No prompt is accepted that is malformed, over-long, holds a secret, or reads like an injection.

Each rule is a method of `Lint` that yields faults; `RULES` lists those that look at one prompt at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from colonnade.errors import Fault
from colonnade.workload.prompts.file import PromptFile
from colonnade.workload.prompts.includes import included
from colonnade.workload.prompts.template import PLACEHOLDER, estimated_tokens, marks, parts
from colonnade.workload.secret_patterns import secret_assigned_in
from colonnade.workload.suggestion import did_you_mean

RULES = (
    "placeholders",
    "roles",
    "variables_declared",
    "variables_used",
    "variables_distinct",
    "question_untrusted",
    "untrusted_fenced",
    "token_budget",
    "secrets",
    "injection_smells",
    "hidden_characters",
)
FENCE_CHARS = 120
"""Room that the fence around one untrusted value takes at most, in characters."""

_SMELLS = {
    "tells to ignore earlier instructions": (
        r"(?i)\b(ignore|disregard|forget|override)\b.{0,30}\b(previous|prior|above|earlier|preceding)\b"
    ),
    "asks for the instructions themselves": (
        r"(?i)\b(reveal|print|repeat|show|output)\b.{0,20}\b(system prompt|your (instructions|prompt))\b"
    ),
    "claims a mode without rules": r"(?i)\b(developer mode|jailbreak|do anything now|without any restrictions)\b",
    "holds control words of a chat format": r"<\|[a-z_]{2,30}\|>|\[/?INST\]|<</?SYS>>",
}
_COMPILED_SMELLS = {smell: re.compile(shape) for smell, shape in _SMELLS.items()}
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")


@dataclass(frozen=True, slots=True)
class Lint:
    """The linter, over all prompts of a folder: their files, and their templates without includes."""

    files: Mapping[str, PromptFile]
    resolved: Mapping[str, str]
    fenced: bool = True

    def faults(self) -> list[Fault]:
        """What every rule finds in every prompt."""
        files = self.files.values()
        found = [fault for rule in RULES for prompt in files for fault in getattr(self, rule)(prompt)]
        return [*found, *self.templates_distinct()]

    def placeholders(self, prompt: PromptFile) -> Iterator[Fault]:
        """Double braces hold a variable or an include."""
        for mark in marks(prompt.template):
            if mark.kind == "malformed":
                remedy = "write `{{name}}` or `{{> name}}`; for plain braces put a space between them"
                yield prompt.fault(
                    mark.line, mark.column, "holds braces without a variable", mark.name[:40], remedy
                )

    def roles(self, prompt: PromptFile) -> Iterator[Fault]:
        """A template speaks once as system, then at most once as user, and is not empty."""
        if prompt.name not in self.resolved:
            return
        spoken = [part.role for part in parts(self.resolved[prompt.name])]
        if not spoken:
            yield prompt.fault(1, 1, "has an empty template", "", "write the prompt under the front matter")
        elif spoken not in (["system"], ["user"], ["system", "user"]):
            remedy = "write `[system]` once, then `[user]` at most once"
            yield prompt.fault(1, 1, "parts its roles out of order", ", ".join(spoken), remedy)

    def variables_declared(self, prompt: PromptFile) -> Iterator[Fault]:
        """Every variable of the template, and of what it includes, stands in the front matter."""
        declared = {variable.name for variable in prompt.header.variables if variable.name}
        for mark in marks(prompt.template):
            if mark.kind == "variable" and mark.name not in declared:
                remedy = did_you_mean(mark.name, declared) or f"add `- {{name: {mark.name}}}` to `variables`"
                yield prompt.fault(mark.line, mark.column, "uses an undeclared variable", mark.name, remedy)
        for mark in included(prompt):
            for name in sorted(set(PLACEHOLDER.findall(self.resolved.get(mark.name, ""))) - declared):
                problem = f"includes `{mark.name}`, which uses an undeclared variable"
                remedy = f"add `- {{name: {name}}}` to `variables`"
                yield prompt.fault(mark.line, mark.column, problem, name, remedy)

    def variables_used(self, prompt: PromptFile) -> Iterator[Fault]:
        """What is declared is used, in the template or in what it includes."""
        if prompt.name not in self.resolved:
            return
        used = set(PLACEHOLDER.findall(self.resolved[prompt.name]))
        for index, variable in enumerate(prompt.header.variables):
            if variable.name and variable.name not in used:
                remedy = did_you_mean(variable.name, used) or "use it, or take it out"
                path = ("variables", index, "name")
                yield prompt.document.fault(path, "is declared and never used", variable.name, remedy)

    def variables_distinct(self, prompt: PromptFile) -> Iterator[Fault]:
        """No variable is declared twice."""
        names = [variable.name for variable in prompt.header.variables]
        for index, name in enumerate(names):
            if name and name in names[:index]:
                yield prompt.document.fault(("variables", index, "name"), "is declared twice", name)

    def question_untrusted(self, prompt: PromptFile) -> Iterator[Fault]:
        """The caller's own words are never trusted."""
        for index, variable in enumerate(prompt.header.variables):
            if variable.name == "question" and variable.trusted:
                path = ("variables", index, "trusted")
                yield prompt.document.fault(
                    path, "makes the user's own words trusted", "true", "write `false`"
                )

    def untrusted_fenced(self, prompt: PromptFile) -> Iterator[Fault]:
        """Where fences are switched off, nothing untrusted stands in the system's part."""
        if self.fenced:
            return
        untrusted = {variable.name for variable in prompt.header.variables if not variable.trusted}
        for part in parts(self.resolved.get(prompt.name, "")):
            for name in PLACEHOLDER.findall(part.text) if part.role == "system" else ():
                if name in untrusted:
                    remedy = "move it under `[user]`, or set `prompts.untrusted_delimiter: true`"
                    yield prompt.fault(
                        1, 1, "puts unfenced untrusted text into the system's part", name, remedy
                    )

    def token_budget(self, prompt: PromptFile) -> Iterator[Fault]:
        """The prompt stays within its budget however its variables are filled."""
        template, budget = self.resolved.get(prompt.name), prompt.header.token_budget
        if template is None or budget is None:
            return
        longest = {variable.name: variable for variable in prompt.header.variables}
        characters = len(PLACEHOLDER.sub("", template))
        for name in PLACEHOLDER.findall(template):
            if name in longest:
                characters += longest[name].max_chars + (0 if longest[name].trusted else FENCE_CHARS)
        if (most := estimated_tokens(characters)) > budget:
            remedy = f"write at least {most}, shorten the template, or lower `max_chars` of its variables"
            yield prompt.document.fault(
                ("token_budget",), f"is below the {most} it may come to", str(budget), remedy
            )

    def secrets(self, prompt: PromptFile) -> Iterator[Fault]:
        """No key or password stands in the text."""
        for number, line in enumerate(prompt.template.split("\n"), start=1):
            if kind := secret_assigned_in(line):
                remedy = "take it out and replace it everywhere: it has to be considered known"
                yield prompt.fault(number, 1, f"holds what looks like {kind}, not shown", "", remedy)

    def injection_smells(self, prompt: PromptFile) -> Iterator[Fault]:
        """No line reads like an attack that was pasted in."""
        for number, line in enumerate(prompt.template.split("\n"), start=1):
            for smell, shape in _COMPILED_SMELLS.items():
                if match := shape.search(line):
                    yield prompt.fault(
                        number, match.start() + 1, smell, match.group()[:60], "word it differently"
                    )

    def hidden_characters(self, prompt: PromptFile) -> Iterator[Fault]:
        """No character is invisible to a reviewer."""
        for number, line in enumerate(prompt.template.split("\n"), start=1):
            if match := _HIDDEN.search(line):
                value = f"U+{ord(match.group()):04X}"
                yield prompt.fault(number, match.start() + 1, "holds a hidden character", value, "delete it")

    def templates_distinct(self) -> Iterator[Fault]:
        """No prompt says word for word what another says."""
        first: dict[str, str] = {}
        for name, text in self.resolved.items():
            words = " ".join(text.split())
            other = first.setdefault(words, name)
            if words and other != name:
                remedy = f"use `{other}`, or include it with `{{{{> {other}}}}}`"
                yield self.files[name].fault(1, 1, f"has the same template as `{other}`", "", remedy)
