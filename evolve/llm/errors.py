"""Ways a call to a model ends without an answer."""

from __future__ import annotations


class LLMError(Exception):
    """Base of what :meth:`evolve.llm.LLMClient.complete` raises; the message is one sentence for a person."""


class FatalLLMError(LLMError):
    """No call can succeed (key refused, unknown model, no credit, endpoint down): the campaign must stop."""


class BudgetExhaustedError(LLMError):
    """The call was not made: at its worst it would overshoot the campaign's USD or token cap."""


class UnavailableError(LLMError):
    """This call got no answer within its retries; another may."""


class RefusedError(LLMError):
    """The provider will not answer this prompt (content policy, too long, malformed); asking again is useless."""


class StoppedError(LLMError):
    """The client was told to stop while the call was waiting for its turn; nothing was sent that is not on record."""


class UnknownPriceError(ValueError):
    """A USD cap is set and nobody knows what the model costs; the message says how to tell."""
