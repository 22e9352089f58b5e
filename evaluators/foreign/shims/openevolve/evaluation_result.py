"""What an evaluator may return instead of a dict of metrics."""

from dataclasses import dataclass, field


@dataclass
class EvaluationResult:
    """Metrics by name, and texts or bytes that explain them."""

    metrics: dict
    artifacts: dict = field(default_factory=dict)

    @classmethod
    def from_dict(cls, metrics):
        """Metrics alone."""
        return cls(metrics)

    def to_dict(self):
        """The metrics."""
        return self.metrics

    def has_artifacts(self):
        """Whether there are artifacts."""
        return len(self.artifacts) > 0

    def get_artifact_keys(self):
        """Names of the artifacts."""
        return [*self.artifacts]

    def get_artifact_size(self, key):
        """Bytes of one artifact, 0 if it is not there."""
        value = self.artifacts.get(key, b"")
        return len(value if isinstance(value, bytes) else str(value).encode())

    def get_total_artifact_size(self):
        """Bytes of all artifacts."""
        return sum(map(self.get_artifact_size, self.artifacts))
