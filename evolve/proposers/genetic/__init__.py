"""Genetic programming without a model: expression trees where they can be grown, programs in Python or C++ elsewhere.

``proposer.GeneticProposer`` is the way in. Importing this package loads neither DEAP nor numpy.
"""
