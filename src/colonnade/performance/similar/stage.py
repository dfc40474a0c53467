"""A question that means the same as one that was answered is not paid for, and how often that was wrong is measured."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import ClassVar, Final

from colonnade.errors import SetupError
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.knowledge.interface import Encoder
from colonnade.performance.answers import StoredAnswer
from colonnade.performance.cache import ExactCache
from colonnade.performance.cache_key import encode
from colonnade.performance.replay import own_words, when_recorded
from colonnade.performance.similar.library import Asked, Library
from colonnade.performance.similar.question import Question, question_of
from colonnade.workload.specification import Specification

HEADER: Final = b"x-colonnade-similarity"
AGREES: Final = 0.85
"""Cosine from which two answers count as the same. With the default model, answers that say the same lie at 0.88 and
above, those that contradict each other at 0.81 and below (docs/decisions/013-caches.md)."""


@dataclass(frozen=True, slots=True)
class SimilarCache:
    """The stage `similar`, right behind `cache`, for routes with `cache: semantic`.

    On an exact miss, the nearest question is looked for among those of the same tenant, route release, conversation,
    fields and passages. At the route's `floor` and above its answer is given, with `x-colonnade-cache: similar` and
    the cosine in `x-colonnade-similarity`. A share of them, `hold_out`, asks the model all the same: the caller gets the
    model's answer, and the record's cache says `agreed` or `differed`.

    Args:
        exact: the stage in front, whose answers and keys these are.
        library: questions that were answered; outlives the stage.
        encoders: by the names that routes use.
        draw: a number from 0 to 1, by which calls are held out.
    """

    exact: ExactCache
    library: Library
    encoders: Mapping[str, Encoder]
    draw: Callable[[], float] = random.random
    name: ClassVar[str] = "similar"

    @classmethod
    def of(
        cls,
        specification: Specification,
        exact: ExactCache,
        library: Library,
        encoder: Callable[[str], Encoder],
    ) -> SimilarCache | None:
        """The stage of a workload, None where no route asks for it.

        Raises:
            SetupError: numpy, of the extra `local`, is not installed.
        """
        names = embeddings_of(specification)
        if not names:
            return None
        if find_spec("numpy") is None:
            raise SetupError("`cache: semantic` needs numpy: pip install 'colonnade[local]'")
        return cls(exact, library, {name: encoder(name) for name in names})

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Answer with a similar question's answer, or remember question and answer."""
        question = question_of(call) if _wanted(call) else None
        if question is None or call.route is None:
            return await forward(call)
        rules = call.route.semantic
        encoder = self.encoders[rules.embedding]
        shelf = self._shelf(call, question, encoder)
        asked = await self.library.look(encoder, shelf, question.text, rules.floor)
        if asked is None:
            call.decide(self.name, "not looked for: the embedding model is busy or cannot be used")
            return await forward(call)
        found = self._found(shelf, asked)
        if found is not None and self.draw() >= rules.hold_out:
            return self._replay(call, found, asked)
        reply = await forward(call)
        if found is not None:
            self._compare(call, reply, found, asked, encoder)
        self._remember(call, reply, shelf, asked)
        return reply

    def _shelf(self, call: Call, question: Question, encoder: Encoder) -> bytes:
        """What must be the same besides the question: all but its words, and the passages that were found for it."""
        sources = [source.id for source in call.sources]
        same = (*self.exact.scope(call), encoder.digest, sources, question.around, question.fixed)
        return self.exact.answers.secret.digest(encode(same))

    def _found(self, shelf: bytes, asked: Asked) -> StoredAnswer | None:
        found = self.exact.answers.find(asked.key) if asked.key else None
        if asked.key and found is None:
            self.library.drop(shelf, asked.key)
        return found

    def _replay(self, call: Call, found: StoredAnswer, asked: Asked) -> Reply:
        call.reply_headers.append((HEADER, b"%.4f" % asked.cosine))
        call.decide(self.name, f"a question with similarity {asked.cosine:.4f} was answered")
        return self.exact.replay(call, found, "similar")

    def _compare(self, call: Call, reply: Reply, found: StoredAnswer, asked: Asked, encoder: Encoder) -> None:
        """The caller gets the model's answer; the similar one is held against it before the record is closed."""

        async def judge(closing: Reply) -> None:
            said = own_words(call, closing)
            if not closing.complete or not said or not found.text:
                return
            same = said == found.text
            cosine = 1.0 if same else await self.library.alike(encoder, said, found.text)
            if cosine is None:
                return
            call.cache = "agreed" if cosine >= AGREES else "differed"
            told = f"similarity {asked.cosine:.4f}; answers {'the same' if same else f'with cosine {cosine:.4f}'}"
            call.decide(self.name, f"held out: {call.cache}, {told}")

        reply.on_close(judge)

    def _remember(self, call: Call, reply: Reply, shelf: bytes, asked: Asked) -> None:
        key = self.exact.key(call)

        async def keep(closing: Reply) -> None:
            if closing.complete and call.attempts:
                self.library.put(shelf, asked, key)

        when_recorded(reply, keep)


def embeddings_of(specification: Specification) -> list[str]:
    """Names of `models.toml` by which routes compare questions."""
    routes = specification.routes.values()
    return list(dict.fromkeys(route.semantic.embedding for route in routes if route.cache == "semantic"))


def _wanted(call: Call) -> bool:
    return call.route is not None and call.route.cache == "semantic" and call.cache == "miss"
