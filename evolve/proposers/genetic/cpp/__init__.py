"""Genetic operators on C++ kernels: tunables, schedules, private accumulation, crossover of functions and statements.

``variation.CppVariation`` is the way in. Importing this package loads no parser.
"""
