"""What one benchmark found, as plain data: ``results.json`` is all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from measure import Run


@dataclass
class Series:
    """The runs of one command in one state of the page cache."""

    runs: list[Run] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """Median wall time."""
        return median(run.wall for run in self.runs)

    @property
    def best(self) -> float:
        """Least wall time."""
        return min(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Median CPU time."""
        return median(run.cpu for run in self.runs)


@dataclass
class Figures:
    """One tool on one model.

    Attributes:
        uncached: the share of its files that a cold run found out of the page cache.
    """

    cold: Series = field(default_factory=Series)
    warm: Series = field(default_factory=Series)
    sampled: Series = field(default_factory=Series)
    uncached: float = 0.0

    @property
    def peak(self) -> float:
        """Most memory that the process tree held, the median of the runs.

        A child that has not yet replaced itself by its program is counted with its parent's pages: a run
        in which a sample falls into that moment is an outlier.
        """
        return median(run.peak for run in self.sampled.runs)

    @property
    def largest(self) -> float:
        """Largest resident set of any one process, the median of the runs."""
        return median(run.largest for run in self.sampled.runs)


@dataclass
class Comparison:
    """The weights of both artifacts, compared byte by byte."""

    shards: int
    nbytes: int
    differing: list[str]
    manifests_equal: bool

    @property
    def identical(self) -> bool:
        """Whether every shard and the manifest are the same."""
        return self.manifests_equal and not self.differing


@dataclass
class Case:
    """One model with all tools."""

    model: str
    nbytes: int
    upconvert: Figures
    official: Figures
    floor: Figures
    comparison: Comparison


@dataclass
class Install:
    """One installation into an empty environment."""

    what: str
    seconds: float
    nbytes: int
    packages: int


@dataclass
class Goal:
    """A command of ours and the time that it should take."""

    command: str
    target: float
    series: Series


@dataclass
class Results:
    """Everything, with the machine and the command that made it."""

    command: str
    machine: dict[str, str]
    versions: dict[str, dict[str, str]]
    cases: list[Case]
    goals: list[Goal]
    installs: list[Install]
