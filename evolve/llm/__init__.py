"""Models: one durable, budgeted client, through litellm (imported at the first call)."""

from evolve.llm.batch import BatchClient
from evolve.llm.batch_ledger import BatchLedger
from evolve.llm.budget import Budget, Spend
from evolve.llm.client import Answer, Call, LLMClient, RetryPolicy
from evolve.llm.errors import (
    BudgetExhaustedError,
    FatalLLMError,
    LLMError,
    RefusedError,
    StoppedError,
    UnavailableError,
    UnknownPriceError,
)
from evolve.llm.ledger import ArchiveLedger, Ledger
from evolve.llm.models import check_models
from evolve.llm.pricing import NUSD_PER_USD, Price, usd_to_nusd
from evolve.llm.settings import LLMSettings, SettingsError

__all__ = [
    "NUSD_PER_USD",
    "Answer",
    "ArchiveLedger",
    "BatchClient",
    "BatchLedger",
    "Budget",
    "BudgetExhaustedError",
    "Call",
    "FatalLLMError",
    "LLMClient",
    "LLMError",
    "LLMSettings",
    "Ledger",
    "Price",
    "RefusedError",
    "RetryPolicy",
    "SettingsError",
    "Spend",
    "StoppedError",
    "UnavailableError",
    "UnknownPriceError",
    "check_models",
    "usd_to_nusd",
]
