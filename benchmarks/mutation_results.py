"""What came of the mutants: kept in ``mutation.csv``, told in ``mutation.md``."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

from mutants import Mutant, source_of

RESULTS, EXPLAINED, REPORT = (Path("benchmarks", f"mutation{end}") for end in (".csv", "_explained.csv", ".md"))


@dataclass(frozen=True)
class Finished:
    """What came of a mutant: ``killed``, ``timeout`` or ``survived``."""

    mutant: Mutant
    outcome: str
    seconds: float

    def is_among(self, explained: Container[tuple[str, str, str]]) -> bool:
        """Whether it survived and is one of those that are no faults."""
        return self.outcome == "survived" and _key(self.mutant) in explained


COLUMNS = [field.name for field in fields(Mutant)]


def read_results() -> dict[Mutant, Finished]:
    """What is finished, of modules that are still the same."""
    if not RESULTS.exists():
        return {}
    with RESULTS.open(newline="") as file:
        found = [_finished(row) for row in csv.DictReader(file)]
    return {one.mutant: one for one in found if one.mutant.source == source_of(Path(one.mutant.module))}


def _finished(row: dict[str, str]) -> Finished:
    mutant = Mutant(
        **{**{name: row[name] for name in COLUMNS}, "number": int(row["number"]), "line": int(row["line"])}
    )
    return Finished(mutant, row["outcome"], float(row["seconds"]))


def write_results(finished: Iterable[Finished]) -> None:
    """Write the file anew; it appears whole."""
    new = RESULTS.with_suffix(".new")
    with new.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "outcome", "seconds"], lineterminator="\n")
        writer.writeheader()
        for one in finished:
            writer.writerow({**asdict(one.mutant), "outcome": one.outcome, "seconds": one.seconds})
    new.replace(RESULTS)


def explanations() -> dict[tuple[str, str, str], str]:
    """Why a survivor is no fault, by module and by what differs."""
    with EXPLAINED.open(newline="") as file:
        return {(row["module"], row["before"], row["after"]): row["why"] for row in csv.DictReader(file)}


def drop_explanations(finished: Iterable[Finished]) -> None:
    """Keep those of lines that are still in their module, and of mutants that are not noticed now.

    Args:
        finished: the mutants that were run.
    """
    outcomes = defaultdict(set)
    for one in finished:
        outcomes[_key(one.mutant)].add(one.outcome)
    kept = {
        key: why
        for key, why in explanations().items()
        if key[1] in _in_one_line(Path(key[0])) and outcomes[key] in (set(), {"survived"})
    }
    with EXPLAINED.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["module", "before", "after", "why"])
        writer.writerows([*key, why] for key, why in kept.items())


def _in_one_line(module: Path) -> str:
    """A module's lines as `Mutant.before` has them; empty where there is none."""
    return " ".join(line.strip() for line in module.read_text().splitlines()) if module.exists() else ""


def report(finished: Sequence[Finished], num_drawn: int) -> str:
    """The tables of `REPORT`.

    Args:
        finished: the mutants that were run.
        num_drawn: how many are in the sample.
    """
    why = explanations()
    explained = {f for f in finished if f.is_among(why)}
    survivors = [f for f in finished if f.outcome == "survived"]
    text = [
        "# Would the tests notice a fault?",
        "",
        "`python benchmarks/mutation_study.py`: mutants made by mutmut, drawn evenly from each kind of change;",
        "each runs against the tests of its folder alone. Survivors that nobody could notice are explained below.",
        f"Run are {len(finished)} of the {num_drawn} in the sample ({date.today()}).",
        "",
        *_counts("room", finished, explained, lambda f: f.mutant.room),
        "",
        *_counts("kind of change", finished, explained, lambda f: f.mutant.kind),
        "",
        "## Survivors",
        "",
        "| module | as it is | mutant | why it is no fault |",
        "|---|---|---|---|",
        *(_survivor_row(f.mutant, why.get(_key(f.mutant), "**not explained**")) for f in survivors),
        "",
    ]
    return "\n".join(text)


def _counts(
    name: str, finished: Sequence[Finished], explained: set[Finished], part: Callable[[Finished], str]
) -> Iterator[str]:
    yield f"| {name} | mutants | killed | timeout | survived | explained | noticed | noticed or explained |"
    yield "|---|---|---|---|---|---|---|---|"
    parts = dict.fromkeys(map(part, finished))
    for label in [*parts, "all"]:
        chosen = [f for f in finished if label == "all" or part(f) == label]
        count = Counter(f.outcome for f in chosen)
        num, noticed = max(1, len(chosen)), len(chosen) - count["survived"]
        sound = noticed + sum(f in explained for f in chosen)
        yield (
            f"| {label} | {len(chosen)} | {count['killed']} | {count['timeout']} | {count['survived']} "
            f"| {sum(f in explained for f in chosen)} | {noticed / num:.1%} | {sound / num:.1%} |"
        )


def _survivor_row(mutant: Mutant, why: str) -> str:
    before, after = (f"`{text.replace('|', chr(92) + '|')}`" for text in (mutant.before, mutant.after))
    return f"| `{mutant.module}:{mutant.line}` | {before} | {after} | {why} |"


def _key(mutant: Mutant) -> tuple[str, str, str]:
    return mutant.module, mutant.before, mutant.after
