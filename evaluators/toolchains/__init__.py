"""Language plug-ins: screen, build, stages, feedback."""
