"""Earliest due date first: Jackson (1955), Management Sciences Research Project 43, UCLA."""


def priority(p, d, t, work, jobs, p_mean, p_max, p_min, d_mean, late, tardiness):
    return d
