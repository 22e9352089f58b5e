"""Earliest due date first: Jackson (1955), Management Sciences Research Project 43, UCLA.

Ties go to the job listed first, as in the published comparison of arXiv:2510.24013 (2025).
"""

import numpy as np


def sequence(p, d):
    return np.argsort(d, kind="stable")
