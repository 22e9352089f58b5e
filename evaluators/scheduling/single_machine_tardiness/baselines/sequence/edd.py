"""Earliest due date first: Jackson (1955), Management Sciences Research Project 43, UCLA."""

import numpy as np


def sequence(p, d):
    return np.lexsort((p, d))
