"""By chance, there RAN: Davis & Patterson, Management Science 21(8), 1975. Here by digits far behind the point."""

import numpy as np


def priority(p, start, early, latest, load, successors, follow, left, horizon):
    mixed = 0.618 * p + 1.414 * start + 2.236 * early + 3.317 * latest + 5.099 * load + 7.616 * follow + left
    return 1000 * np.sin(mixed) - np.floor(1000 * np.sin(mixed))
