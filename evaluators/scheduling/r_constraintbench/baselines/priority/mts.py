"""Most total successors first: Alvarez-Valdes & Tamarit (1989); see Kolisch, EJOR 90(2), 1996."""


def priority(p, start, early, latest, load, successors, follow, left, horizon):
    return -successors
