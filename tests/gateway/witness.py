"""A stage that keeps what the journal would see."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.gateway.call import Call, Forward, Reply


@dataclass
class Witness:
    """The call that passed last, the reply as it was closed, or what was raised."""

    name: str = "witness"
    call: Call | None = None
    reply: Reply | None = None
    raised: BaseException | None = None

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        self.call, self.reply, self.raised = call, None, None
        try:
            reply = await forward(call)
        except BaseException as error:
            self.raised = error
            raise

        async def close(closing: Reply) -> None:
            self.reply = closing

        reply.on_close(close)
        return reply
