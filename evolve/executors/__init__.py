"""Where candidates are judged: on this machine, or on the nodes of a Ray cluster. One file says what an executor is."""
