"""The proposer that asks a language model."""

from evolve.proposers.llm.answer import Reading
from evolve.proposers.llm.prompts import PromptLibrary
from evolve.proposers.llm.proposer import LLMProposer
from evolve.proposers.llm.reading import read_answer

__all__ = ["LLMProposer", "PromptLibrary", "Reading", "read_answer"]
