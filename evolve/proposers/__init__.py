"""Who writes the children: genetic, random, LLM."""
