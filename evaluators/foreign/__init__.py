"""Tasks written for OpenEvolve and ShinkaEvolve, run unchanged.

Their evaluators import the candidate into their own process, so evaluator and candidate run in the sandbox together and
what the evaluator says can be forged by the candidate. Such a problem has ``trust = "in-sandbox"``.
"""

FORMATS = ("openevolve", "shinka")
