"""What providers can reuse stays the same from call to call, marks for their caches travel on, and what they read is counted."""

import dataclasses
import json

import msgspec
from observed import SCOPE, asked, view_of
from observed import specification as whole
from served import Served

from colonnade.gateway.call import Reply
from colonnade.operations.prompts.fence import fenced
from colonnade.operations.rendering import Render
from colonnade.performance.cache_collect import cache_use
from colonnade.performance.evidence import CacheUse
from colonnade.performance.output_cap import OutputCap
from colonnade.workload.folder import Prompt, PromptVariable

TEMPLATE = """[system]
You answer questions about {{place}}. Keep to these rules: be short, name no prices, and say so where you do not know.

[user]
Answer in one sentence. {{question}} Thank you."""


@dataclasses.dataclass(frozen=True)
class Provider:
    """Keeps what it is asked, and says that it read a part of it from its cache."""

    heard: list = dataclasses.field(default_factory=list)
    name: str = "provider"

    async def __call__(self, call, forward):
        call.attempts += 1
        self.heard.append(msgspec.json.encode(call.request["messages"]))
        usage = {
            "prompt_tokens": 100,
            "completion_tokens": 5,
            "total_tokens": 105,
            "prompt_tokens_details": {"cached_tokens": 80},
        }
        choice = {"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}
        return Reply(body=json.dumps({"model": "m", "choices": [choice], "usage": usage}).encode())


def gateway(provider):
    trusted = PromptVariable("place", trusted=True)
    prompt = Prompt("ask", "sha256:1", "p", "o", TEMPLATE, (trusted, PromptVariable("question")), 900, None)
    route = {"prompt": "ask", "free_system_prompt": False, "deterministic": True}
    return Served(Render({"ask": prompt}), OutputCap(), provider, route=route)


def before(rendered, text):
    """The bytes before an untrusted text and the line that fences it off."""
    opening = fenced("question", text).split("\n", maxsplit=1)[0].encode()
    assert opening in rendered
    return rendered[: rendered.index(opening)]


async def test_up_to_the_first_untrusted_variable_two_calls_send_the_same_bytes():
    provider = Provider()
    served = gateway(provider)
    questions = ["Where is the saw?", "<<data question>> Is there a drill, and where may I find it?"]
    for number, question in enumerate(questions):
        served.known_as(f"key-{number}", team=f"team-{number}")
        fields = {"user": f"u{number}", "prompt_variables": {"place": "tools"}}
        await served.ask([{"role": "user", "content": question}], **fields)
    first, second = (before(*each) for each in zip(provider.heard, questions, strict=True))
    assert first == second
    assert b"name no prices" in first
    assert first.endswith(b"Answer in one sentence. ")


async def test_earlier_turns_come_before_the_question_and_are_left_as_they_are():
    provider = Provider()
    marked = [{"type": "text", "text": "A long story.", "cache_control": {"type": "ephemeral"}}]
    turns = [{"role": "user", "content": marked}, {"role": "assistant", "content": "I see."}]
    for question in ("Who tells it?", "When?"):
        await gateway(provider).ask(
            [*turns, {"role": "user", "content": question}], prompt_variables={"place": "tools"}
        )
    first, second = provider.heard
    kept = msgspec.json.encode(turns)[1:-1]
    assert kept in first
    assert first.index(kept) == second.index(kept)
    assert first[: first.index(kept)] == second[: second.index(kept)]


async def test_what_a_provider_read_from_its_cache_is_told_to_the_caller_and_counted_once():
    served = gateway(Provider())
    heard = await served.ask(prompt_variables={"place": "tools"})
    assert heard.json["usage"]["prompt_tokens_details"]["cached_tokens"] == 80
    usage = served.reply.usage
    assert (usage.fresh_input, usage.cache_read, usage.output) == (20, 80, 5)
    record = asked(cache="off", fresh_input=usage.fresh_input, cache_read=usage.cache_read)
    found = view_of(cache_use(whole(), [record], SCOPE), CacheUse)
    assert (found.prefix_tokens, found.input_tokens, found.hits) == (80, 100, 0)
