"""A response that a caller left here is read, continued and deleted by its own tenant alone, and not for ever."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from response_world import Scripted, World, world
from sqlalchemy import func, select, update

from colonnade.errors import Unavailable
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.gateway.responses.retention import sweep_responses
from colonnade.store import schema
from colonnade.workload.sections.promises import Retention


def texts(messages) -> list[str]:
    return [message["content"] for message in messages]


def stored(near: World) -> int:
    with near.store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(schema.response))


def test_what_was_answered_can_be_fetched_word_for_word(near: World) -> None:
    raw = near.ann.responses.with_raw_response.create(model="assistant", input="Hello")
    made = raw.parse()
    fetched = near.ann.responses.with_raw_response.retrieve(made.id)
    assert fetched.text == raw.text
    assert made.store is True


def test_a_streamed_response_is_there_as_soon_as_it_has_ended(near: World) -> None:
    final = list(near.ann.responses.create(model="assistant", input="Hello", stream=True))[-1].response
    assert near.ann.responses.retrieve(final.id) == final


def test_a_conversation_of_three_turns(near: World) -> None:
    first = near.ann.responses.create(model="assistant", input="one", instructions="Be kind.")
    second = near.ann.responses.create(model="assistant", input="two", previous_response_id=first.id)
    near.ann.responses.create(
        model="assistant", input="three", previous_response_id=second.id, instructions="Be brief."
    )
    said = near.upstream.asked[-1]["messages"]
    assert texts(said) == ["Be brief.", "one", first.output_text, "two", second.output_text, "three"]
    assert [message["role"] for message in said] == [
        "system",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]


def test_the_input_items_are_read_page_by_page(near: World) -> None:
    first = near.ann.responses.create(model="assistant", input="one")
    given = [{"role": "user", "content": f"two-{number}"} for number in range(3)]
    second = near.ann.responses.create(model="assistant", input=given, previous_response_id=first.id)
    page = near.ann.responses.input_items.list(second.id, order="asc", limit=2)
    assert page.has_more
    items = list(page)
    assert [item.role for item in items] == ["user", "assistant", "user", "user", "user"]
    assert [item.content[0].text for item in items] == ["one", first.output_text, "two-0", "two-1", "two-2"]
    newest = near.ann.responses.input_items.list(second.id, limit=1)
    assert newest.data[0].content[0].text == "two-2"
    with pytest.raises(openai.NotFoundError):
        near.ann.responses.input_items.list(second.id, after="msg_unknown")
    with pytest.raises(openai.BadRequestError) as refused:
        near.ann.responses.input_items.list(second.id, limit=0)
    assert refused.value.param == "limit"


def test_items_are_named_by_reference(near: World) -> None:
    first = near.ann.responses.create(model="assistant", input="one")
    near.ann.responses.create(
        model="assistant",
        input=[{"type": "item_reference", "id": first.output[0].id}, {"role": "user", "content": "and?"}],
    )
    assert texts(near.upstream.asked[-1]["messages"]) == [first.output_text, "and?"]


def test_a_reference_into_the_conversation_itself_is_not_said_twice(near: World) -> None:
    first = near.ann.responses.create(model="assistant", input="one")
    near.ann.responses.create(
        model="assistant",
        previous_response_id=first.id,
        input=[{"type": "item_reference", "id": first.output[0].id}, {"role": "user", "content": "and?"}],
    )
    assert texts(near.upstream.asked[-1]["messages"]) == ["one", first.output_text, "and?"]


def test_a_deleted_response_is_gone_at_once(near: World) -> None:
    first = near.ann.responses.create(model="assistant", input="one")
    second = near.ann.responses.create(model="assistant", input="two", previous_response_id=first.id)
    before = stored(near)
    near.ann.responses.delete(first.id)
    assert stored(near) == before - 1
    for attempt in (
        near.ann.responses.retrieve,
        near.ann.responses.delete,
        near.ann.responses.input_items.list,
    ):
        with pytest.raises(openai.NotFoundError) as gone:
            attempt(first.id)
        assert gone.value.code == "response_not_found"
    with pytest.raises(openai.BadRequestError) as broken:
        near.ann.responses.create(model="assistant", input="three", previous_response_id=second.id)
    assert broken.value.code == "previous_response_not_found"
    assert "deleted" in broken.value.message


@pytest.mark.parametrize("who", ["bob", "nobody"])
def test_responses_of_other_tenants_do_not_exist(near: World, who: str) -> None:
    mine = near.ann.responses.create(model="assistant", input="a secret plan")
    other = near.clients[who]
    for attempt in (
        other.responses.retrieve,
        other.responses.delete,
        other.responses.cancel,
        other.responses.input_items.list,
    ):
        with pytest.raises(openai.NotFoundError):
            attempt(mine.id)
    asked = len(near.upstream.asked)
    with pytest.raises(openai.BadRequestError) as refused:
        other.responses.create(model="assistant", input="go on", previous_response_id=mine.id)
    assert refused.value.code == "previous_response_not_found"
    with pytest.raises(openai.BadRequestError) as unknown:
        other.responses.create(model="assistant", input=[{"type": "item_reference", "id": mine.output[0].id}])
    assert (unknown.value.code, unknown.value.param) == ("item_not_found", "input[0].id")
    assert len(near.upstream.asked) == asked
    assert near.ann.responses.retrieve(mine.id).id == mine.id


def test_a_chain_never_crosses_into_another_tenant(near: World) -> None:
    first = near.ann.responses.create(model="assistant", input="one")
    second = near.ann.responses.create(model="assistant", input="two", previous_response_id=first.id)
    with near.store.writing() as connection:
        stolen = update(schema.response).where(schema.response.c.id == first.id)
        connection.execute(stolen.values(tenant="another"))
    with pytest.raises(openai.BadRequestError):
        near.ann.responses.create(model="assistant", input="three", previous_response_id=second.id)


def test_keys_of_one_tenant_share_and_keys_without_labels_do_not(near: World) -> None:
    mine = near.ann.responses.create(model="assistant", input="one")
    assert near.clients["colleague"].responses.retrieve(mine.id).id == mine.id
    alone = near.clients["nobody"].responses.create(model="assistant", input="one")
    with pytest.raises(openai.NotFoundError):
        near.clients["stranger"].responses.retrieve(alone.id)


def test_without_a_key_nothing_is_told(near: World) -> None:
    mine = near.ann.responses.create(model="assistant", input="one")
    url = f"{near.gateway.url}/v1"
    with openai.OpenAI(base_url=url, api_key="ck-wrong") as thief, pytest.raises(openai.AuthenticationError):
        thief.responses.retrieve(mine.id)


def test_what_shall_not_be_stored_is_not(near: World) -> None:
    before = stored(near)
    made = near.ann.responses.create(model="assistant", input="one", store=False)
    assert made.store is False
    assert stored(near) == before
    with pytest.raises(openai.NotFoundError):
        near.ann.responses.retrieve(made.id)


def test_a_workload_that_stores_no_content_stores_no_responses(tmp_path) -> None:
    with world(tmp_path / ".colonnade", Scripted(message={"content": "Yes"}), keeps=False) as near:
        made = near.ann.responses.create(model="assistant", input="one")
        assert made.store is False
        assert stored(near) == 0
        with pytest.raises(openai.BadRequestError) as refused:
            near.ann.responses.create(model="assistant", input="one", store=True)
    assert (refused.value.param, refused.value.code) == ("store", "unsupported_parameter")


def test_nothing_of_a_response_lies_open_in_the_database(near: World) -> None:
    made = near.ann.responses.create(model="assistant", input="the canary in the coal mine")
    with near.store.reading() as connection:
        row = connection.execute(select(schema.response).where(schema.response.c.id == made.id)).one()
    assert b"canary" not in row.input
    assert made.output_text.encode()[:20] not in row.answer


def test_old_responses_are_swept_and_the_ledger_says_so(tmp_path) -> None:
    day = 86_400.0
    with world(tmp_path / ".colonnade", Scripted(message={"content": "Yes"})) as near:
        old, new = (near.ann.responses.create(model="assistant", input="one") for _ in range(2))
        with near.store.writing() as connection:
            aged = update(schema.response).where(schema.response.c.id == old.id)
            connection.execute(aged.values(created_at=time.time() - 8 * day))
        kept = Retention(answers_days=9, prompts_days=9)
        assert sweep_responses(near.ledger, kept, now=time.time(), actor="tests") == 0
        shorter = Retention(answers_days=9, prompts_days=7)
        assert sweep_responses(near.ledger, shorter, now=time.time(), actor="tests") == 1
        with pytest.raises(openai.NotFoundError):
            near.ann.responses.retrieve(old.id)
        assert near.ann.responses.retrieve(new.id).id == new.id
        changes = [change for change in near.ledger.changes("retention") if change.name == "stored responses"]
    assert [change.details["responses"] for change in changes] == ["1"]


def test_responses_that_end_together_are_all_kept(near: World) -> None:
    def ask(number: int) -> tuple[str, str]:
        made = near.ann.responses.create(model="assistant", input=f"question {number}")
        return made.id, made.output_text

    with ThreadPoolExecutor(12) as together:
        made = list(together.map(ask, range(36)))
    assert len({response_id for response_id, _ in made}) == 36
    assert all(near.ann.responses.retrieve(response_id).output_text == text for response_id, text in made)


def test_only_background_responses_can_be_cancelled(near: World) -> None:
    made = near.ann.responses.create(model="assistant", input="one")
    with pytest.raises(openai.BadRequestError) as refused:
        near.ann.responses.cancel(made.id)
    assert refused.value.code == "not_cancellable"
    with pytest.raises(openai.BadRequestError):
        near.ann.responses.retrieve(made.id, stream=True)


class NoJournal:
    """A stage whose record cannot be written when the call ends."""

    name = "no journal"

    async def __call__(self, call: Call, forward: Forward) -> Reply:
        reply = await forward(call)
        reply.on_close(self._refuse)
        return reply

    async def _refuse(self, reply: Reply) -> None:
        raise Unavailable("The journal cannot be written.", code="journal_unavailable")


def test_an_answer_that_is_not_in_the_journal_is_not_stored_either(tmp_path) -> None:
    said = Scripted(message={"content": "Yes"})
    with world(tmp_path / ".colonnade", said, after=[NoJournal()]) as near:
        with pytest.raises(openai.InternalServerError) as refused:
            near.ann.responses.create(model="assistant", input="one")
        assert refused.value.code == "journal_unavailable"
        assert stored(near) == 0


def test_an_answer_that_cannot_be_stored_is_not_given(tmp_path) -> None:
    said = Scripted(message={"content": "Yes"}, deltas=[{"content": "Yes"}])
    with world(tmp_path / ".colonnade", said) as near:
        with near.store.writing() as connection:
            connection.exec_driver_sql("ALTER TABLE response RENAME TO elsewhere")
        with pytest.raises(openai.InternalServerError) as refused:
            near.ann.responses.create(model="assistant", input="one")
        assert (refused.value.status_code, refused.value.code) == (503, "store_unavailable")
        last = list(near.ann.responses.create(model="assistant", input="one", stream=True))[-1]
        with pytest.raises(openai.InternalServerError):
            near.ann.responses.retrieve("resp_1")
    assert (last.type, last.response.error.code) == ("response.failed", "store_unavailable")
