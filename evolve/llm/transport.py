"""One HTTP attempt through litellm, and what its failure means.

litellm wraps a lost connection as status 500 and gives every exception a made-up response, so its own classes cannot
tell a refusal from a call in doubt. The chain of causes can: httpx's status error is there exactly if a provider
answered, and a connect error exactly if nothing was sent.
"""

from __future__ import annotations

import asyncio
import email.utils
import functools
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evolve.llm.errors import FatalLLMError

_loading = threading.Lock()

# A gateway's timeout, and a client's as seen by a proxy: the model behind it may have answered.
_DOUBTFUL_STATUS = frozenset({408, 499, 504, 524})
_FATAL_STATUS = frozenset({401, 402, 403, 404})
_NO_CREDIT = ("insufficient_quota", "billing_hard_limit", "billing_not_active")
_MOST_TOKENS = 1 << 40
_POLICY = ("content_policy", "content_filter", "responsibleai", "safety system")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; token counts are None where the provider gives none, and so is the model's version."""

    text: str
    finish_reason: str
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int
    model_version: str | None = None


class AttemptError(Exception):
    """An attempt without an answer.

    Attributes:
        kind: ``retry`` (refused for now), ``refused`` (for good), ``policy`` (refused for good: the prompt's content),
            ``fatal`` (no call can succeed), ``in_doubt``.
        retry_after: seconds the provider asks to wait, or None.
    """

    def __init__(self, kind: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class _NoCallbacks:
    """Stands in for what tells litellm's callbacks of calls: a pool of threads, and its service log."""

    def submit(self, *_: object, **__: object) -> None:
        """Do nothing."""

    def service_success_hook(self, *_: object, **__: object) -> None:
        """Do nothing."""


def _no_cost(*_: object, **__: object) -> None:
    """Stands in for what tells with each answer what it cost: a millisecond, for a sum of which we keep our own."""


async def _no_log(*_: object, **__: object) -> None:
    """Stands in for what makes a log entry of each answer for callbacks, of which there are none."""


async def _no_second_post(*_: object, **__: object) -> None:
    """Stands in for litellm's, which sends a request again after a lost connection: raises what it was called over."""
    raise


@functools.cache
def load() -> Any:
    """The litellm module, imported at first use (seconds, and 180 MB) with its side effects off.

    No price map, telemetry, ``.env`` of the working directory, retries or logging of its own.
    """
    with _loading:
        os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
        import litellm

        litellm.telemetry = False
        litellm.suppress_debug_info = True
        litellm.drop_params = True  # some models take no temperature
        # There are no callbacks to tell of a call, yet telling them takes a thread pool and, each time, an event loop.
        from litellm.litellm_core_utils import logging_utils
        from litellm.litellm_core_utils.litellm_logging import Logging
        from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

        litellm.utils.executor = _NoCallbacks()
        vars(logging_utils)["_service_logger"] = litellm.utils.executor
        vars(litellm.utils)["update_response_metadata"] = _no_cost
        Logging.async_success_handler = _no_log  # type: ignore[method-assign]
        AsyncHTTPHandler.single_connection_post_request = _no_second_post  # type: ignore[method-assign]
        for name in ("LiteLLM", "LiteLLM Proxy", "LiteLLM Router", "httpx", "openai"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        return litellm


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is reached."""

    model: str
    base_url: str | None
    api_key: str | None
    provider: str | None
    """Given to litellm only where the model's name alone does not tell it."""


def endpoint(model: str, base_url: str | None, api_key: str | None) -> Endpoint:
    """How litellm reaches ``model``.

    Raises:
        FatalLLMError: if the name tells no provider and there is no base URL.
    """
    litellm = load()
    try:
        _, provider, _, _ = litellm.get_llm_provider(model=model, api_base=base_url)
        named = None
    except Exception as error:  # litellm has no narrower class for it
        if base_url is None:
            raise FatalLLMError(
                f"model {model!r} names no provider litellm knows: write provider/model, as in openai/gpt-4o, "
                "or give the base_url of an OpenAI-compatible endpoint"
            ) from error
        provider = named = "openai"
    if base_url is not None and api_key is None and provider == "openai" and not os.environ.get("OPENAI_API_KEY"):
        api_key = "none"  # a server of one's own wants no key, but the client library insists on some
    return Endpoint(model, base_url, api_key, named)


def wire(model: str, base_url: str | None, params: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Provider of ``model``, its name there, and ``params`` as that provider wants them, less what it does not take.

    For requests that do not go through :func:`send`.

    Raises:
        FatalLLMError: if the name tells no provider.
    """
    litellm = load()
    where = endpoint(model, base_url, None)
    name, provider, _, _ = litellm.get_llm_provider(model=model, api_base=base_url, custom_llm_provider=where.provider)
    return (
        provider,
        name,
        litellm.get_optional_params(model=name, custom_llm_provider=provider, drop_params=True, **params),
    )


def unsupported(model: str, base_url: str | None, names: Sequence[str]) -> list[str]:
    """Those of the parameters ``names`` that litellm would leave out, knowing that ``model`` does not take them."""
    litellm = load()
    where = endpoint(model, base_url, None)
    name, provider, _, _ = litellm.get_llm_provider(model=model, api_base=base_url, custom_llm_provider=where.provider)
    taken = litellm.get_supported_openai_params(model=name, custom_llm_provider=provider) or names
    return [name for name in names if name not in taken]


def missing_key(model: str) -> str:
    """The environment variable a provider's key is missing from; empty if there is none or it is not that simple."""
    missing = load().validate_environment(model=model).get("missing_keys", [])
    # Clouds list several variables here, of which a role of the machine may make none necessary.
    return str(missing[0]) if len(missing) == 1 and missing[0].endswith("_API_KEY") else ""


async def send(
    where: Endpoint, messages: Sequence[Mapping[str, str]], params: Mapping[str, Any], request_id: str, timeout: float
) -> Reply:
    """One attempt.

    Raises:
        AttemptError: classified.
    """
    litellm = load()
    more: dict[str, Any] = {
        name: value
        for name, value in (
            ("api_base", where.base_url),
            ("api_key", where.api_key),
            ("custom_llm_provider", where.provider),
            *params.items(),
        )
        if value is not None
    }
    try:
        response = await litellm.acompletion(
            model=where.model,
            messages=[dict(m) for m in messages],
            timeout=timeout,
            num_retries=0,
            max_retries=0,
            extra_headers={"Idempotency-Key": request_id},
            **more,
        )
        return read_reply(response)
    except Exception as error:
        raise _classified(error, where.model) from error


def read_reply(response: Any) -> Reply:
    """What is used of a chat completion as litellm and the openai SDK model it."""
    choice = response.choices[0]
    text = choice.message.content or getattr(choice.message, "refusal", None) or ""
    usage = getattr(response, "usage", None)
    prompt = _count(usage, "prompt_tokens")
    completion = _count(usage, "completion_tokens")
    cached = _count(getattr(usage, "prompt_tokens_details", None), "cached_tokens")
    known = prompt > 0
    model = getattr(response, "model", None)
    return Reply(
        _encodable(text),
        _encodable(choice.finish_reason or "stop"),
        prompt if known else None,
        completion if known else None,
        min(cached, prompt),
        None if model is None else _encodable(model),
    )


def _count(told: Any, name: str) -> int:
    """A number of tokens; 0 where nobody tells one, or one that cannot be."""
    found = int(getattr(told, name, 0) or 0)
    return found if 0 <= found < _MOST_TOKENS else 0


def _encodable(told: Any) -> str:
    """Text that can be kept and sent: JSON can hold halves of characters, UTF-8 cannot."""
    return str(told).encode("utf-8", "replace").decode()


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _classified(error: Exception, model: str) -> AttemptError:
    import httpx

    message = _one_line(error)
    for cause in _chain(error):
        if isinstance(cause, httpx.HTTPStatusError):
            return by_status(cause.response, message, model)
        if _never_connected(cause):
            return AttemptError("retry", f"no connection to the endpoint: {cause}")
        if isinstance(cause, httpx.TransportError):
            return AttemptError("in_doubt", f"{type(cause).__name__}: {cause}")
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and 400 <= status < 500 and status not in _DOUBTFUL_STATUS:
        # litellm itself said no, before anything was sent: a missing key, a model it cannot place
        return AttemptError("fatal", f"model {model}: {message}")
    return AttemptError("in_doubt", message)


def _never_connected(error: BaseException) -> bool:
    """Whether nothing was sent. litellm's own transport (aiohttp) gives a connection reset later on the same class."""
    import aiohttp
    import httpx

    beneath = error.__cause__
    if isinstance(beneath, aiohttp.ClientError | asyncio.CancelledError):
        return isinstance(beneath, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def by_status(response: Any, message: str, model: str) -> AttemptError:
    """What an HTTP status other than success means; ``response`` is httpx's."""
    status = response.status_code
    body = (message + " " + _body(response)).lower()
    if status in _DOUBTFUL_STATUS:
        return AttemptError("in_doubt", f"HTTP {status}: {message}")
    if status in (401, 403) and not any(word in body for word in _POLICY):
        return AttemptError("fatal", f"the provider of {model} does not accept the key (HTTP {status}): {message}")
    if status == 404:
        return AttemptError("fatal", f"the endpoint knows no model {model} (HTTP 404): {message}")
    if status == 402 or (status == 429 and any(word in body for word in _NO_CREDIT)):
        return AttemptError("fatal", f"the account for {model} has no credit left (HTTP {status}): {message}")
    if status == 429 or status >= 500:
        return AttemptError("retry", f"HTTP {status}: {message}", _retry_after(response.headers))
    kind = "policy" if any(word in body for word in _POLICY) else "refused"
    return AttemptError(kind, f"HTTP {status}: {message}")


def _body(response: Any) -> str:
    import httpx

    try:
        return str(response.text)
    except httpx.StreamError:
        return ""  # never read by litellm, so its message is all there is


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait: the header holds a number of them or an HTTP date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after")
    if value is None:
        return None
    if value.strip().replace(".", "", 1).isdigit():
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except ValueError:
        return None


def _one_line(error: BaseException, limit: int = 300) -> str:
    # litellm puts a whole traceback into some of its messages
    text = " ".join(str(error).partition("Traceback (most recent call last)")[0].split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
