"""Genetic programming without a model: expression trees where an entry point allows, Python functions elsewhere.

``proposer.GeneticProposer`` is the way in. Importing this package loads neither DEAP nor numpy.
"""
