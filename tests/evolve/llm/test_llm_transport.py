"""What a lost connection means: whether anything was sent decides whether the call is charged."""

from __future__ import annotations

import asyncio
import json
import socket
import struct

import pytest

from evolve.llm import transport

RESET_AT_CLOSE = struct.pack("ii", 1, 0)


async def attempts(model, reset):
    """How one attempt ended, and how many requests reached a server that hangs up, without or with a reset."""
    requests = []

    async def hang_up(reader, writer):
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        if reset:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    where = transport.endpoint(model, f"http://127.0.0.1:{port}/v1", "key")
    async with server:
        with pytest.raises(transport.AttemptError) as caught:
            await transport.send(where, ({"role": "user", "content": "?"},), {"max_tokens": 1}, "key-1", 5.0)
    assert all(b"key-1" in request for request in requests)
    return caught.value.kind, len(requests)


@pytest.mark.parametrize("model", ["openai/scripted", "anthropic/claude-sonnet-4-5"])
@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_lost_after_sending_is_in_doubt_and_nothing_is_sent_again(model, reset):
    assert asyncio.run(attempts(model, reset)) == ("in_doubt", 1)


@pytest.mark.parametrize("model", ["openai/scripted", "anthropic/claude-sonnet-4-5"])
def test_where_nobody_listens_nothing_was_sent(model):
    where = transport.endpoint(model, "http://127.0.0.1:9/v1", "key")
    with pytest.raises(transport.AttemptError, match="no connection") as caught:
        asyncio.run(transport.send(where, ({"role": "user", "content": "?"},), {"max_tokens": 1}, "key-1", 5.0))
    assert caught.value.kind == "retry"


def test_what_cannot_be_kept_is_made_so_that_it_can():
    """JSON has halves of characters and numbers of any length; the archive has neither."""

    async def answered():
        async def answer(reader, writer):
            asked = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(asked.lower().partition(b"content-length:")[2].split()[0]))
            said = {"role": "assistant", "content": "a\ud800b"}
            body = json.dumps(
                {
                    "id": "1", "object": "chat.completion", "created": 1, "model": "m\udfff",
                    "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 10**30, "completion_tokens": -5, "total_tokens": 1},
                }
            )  # fmt: skip
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            writer.write((head + body).encode())
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        where = transport.endpoint("openai/scripted", url, "key")
        async with server:
            return await transport.send(where, ({"role": "user", "content": "?"},), {"max_tokens": 1}, "key-1", 5.0)

    reply = asyncio.run(answered())
    assert (reply.text, reply.model_version) == ("a?b", "m?")
    assert (reply.prompt_tokens, reply.completion_tokens) == (None, None)
