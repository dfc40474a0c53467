"""Callers learn from every answer, and their users from the first one, that an AI made it."""

from __future__ import annotations

from dataclasses import dataclass, field

from colonnade.gateway.call import Call, Forward, Reply
from colonnade.responsibility.notice import Notice, with_notice
from colonnade.responsibility.sessions import ToldSessions

HEADER = (b"x-ai-generated", b"true")
"""The machine-readable mark of an answer."""
_PROSE = (None, "text")


@dataclass(frozen=True, slots=True)
class Disclose:
    """The stage `disclose`.

    Where `routes.*.disclosure.header` is on, every answer carries `x-ai-generated: true`, for programs. Where
    `disclosure.text` is set, that sentence stands before the first answer of a session, for people: in whole
    answers before the text, in streams as an event of its own before the first text. Answers that a program
    reads (`response_format`, tool calls) are left as they are.
    """

    told: ToldSessions = field(default_factory=ToldSessions)
    name: str = "disclose"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        """Mark the answer."""
        disclosure = call.route.disclosure if call.route else None
        if disclosure is None or call.endpoint != "chat":
            return await forward(call)
        reply = await forward(call)
        if disclosure.header:
            call.reply_headers.append(HEADER)
            call.disclosed = True
        if disclosure.text and reply.status == 200 and _prose(call) and self.told.is_first(call):
            self._introduce(call, reply, Notice(disclosure.text, call.request.get("n") or 1))
        return reply

    def _introduce(self, call: Call, reply: Reply, notice: Notice) -> None:
        if reply.chunks is None:
            reply.body = notice.before_answer(reply.body)
            reply.understood = reply.understood and not notice.given
        else:
            reply.chunks = with_notice(reply.chunks, notice)

        async def remember(closing: Reply) -> None:
            if notice.given:
                call.disclosed = True
                call.decide(self.name, "the first answer says that an AI made it")
                if closing.complete:
                    self.told.remember(call)

        reply.on_close(remember)


def _prose(call: Call) -> bool:
    if "response_format" in call.dropped_fields:
        return True
    form = call.request.get("response_format")
    return not isinstance(form, dict) or form.get("type") in _PROSE
