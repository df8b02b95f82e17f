"""The studies in ``benchmarks`` call the package from outside: they follow when it changes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def run(code: str) -> str:
    """Run code that can import the scripts; what it prints."""
    paths = [str(BENCHMARKS), str(BENCHMARKS / "validity")]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}\n{code}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("metric", ["accuracy", "uar", "coverage 0.98", "calibration_error_sq", "ccc"])
def test_a_simulated_study_is_compared_as_measure_does(metric: str) -> None:
    """Whatever the metric, every difference has an interval around it."""
    printed = run(
        "import gaps\n"
        f"cell = next(c for c in gaps.cells() if c.metric == {metric!r} and c.design != 'rest')\n"
        "rows, statistics = gaps.study(cell, 0)\n"
        "found = gaps.compare(cell, statistics, rows, 0)\n"
        "lo, hi = gaps.intervals(cell, found, rows)\n"
        "print(bool((lo < found.value).all() and (found.value < hi).all()), len(lo) == len(found.value))\n"
    )
    assert printed.split() == ["True", "True"]


def test_the_levels_of_simulated_calibration_errors_are_estimated_as_measure_does() -> None:
    """That of a calibrated system is in the interval that is reported, not in the one before."""
    printed = run(
        "import levels\n"
        "size = (15, 'equal', 50, 0.02)\n"
        "studies = levels.calibration_estimates(size, 0.0, 20)\n"
        "held = levels.coverage(studies, {'ece': 0, 'calibration_error_sq': 0})\n"
        "print(held['ece'][0], held['ece before'][0], held['calibration_error_sq'][0])\n"
    )
    assert printed.split() == ["1.0", "0.0", "1.0"]


def test_all_metrics_of_people_who_are_answered_with_probabilities_are_estimated() -> None:
    printed = run(
        "import levels\n"
        "found = levels.named(levels.other_tallies((0.5, 0.5), 8, 'equal', 30, 0), 0)\n"
        "names = {name.removesuffix(' before').partition(':')[0] for name in found}\n"
        "print(*sorted(set(levels.MEASURED) - names))\n"
        "print(all(f'{name} before' in found for name in ('uar', 'auc', 'ccc:valence')))\n"
    )
    assert printed.splitlines() == ["", "True"], printed


def test_every_way_to_compare_squares_bounds_the_same_difference() -> None:
    """Errors of 0.3 and 0.1 of 60 people each, whose difference all ways must find."""
    printed = run(
        "import squares\n"
        "for way, (lo, hi) in squares.bounds(('equal', 0.02, (0.3, 0.1), 60), 0).items():\n"
        "    print(way.replace(' ', '-'), 0 < lo[0] < (0.08 if way == 'squares' else 0.2) < hi[0])\n"
    )
    assert printed.split() == ["squares", "True", "signed-roots", "True", "roots", "True", "scaled", "True"]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["sentences", "classes", "axes"])
def test_a_study_of_groups_that_are_mixed_differently_is_measured(what: str) -> None:
    """With a large difference in every stratum, it is found in nearly every study."""
    printed = run(
        "import mixtures\n"
        f"study = next(s for s in mixtures.STUDIES if s.what == {what!r} and s.sizes == (50, 50))\n"
        "found = [outcome for run in range(3) for outcome in mixtures.outcomes(study, run, 0.3)]\n"
        "print(all(found.count((metric, 'same')) == 3 for metric in study.metrics[:2]))\n"
    )
    assert printed.split() == ["True"]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["arrays", "tables"])
def test_groups_are_compared_from_arrays_and_from_tables(what: str) -> None:
    script = BENCHMARKS / "disparity_speed.py"
    arguments = [sys.executable, str(script), "--subjects", "500", "--one", what, "100"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert '"accuracy group a"' in done.stdout


def test_the_exact_bound_of_one_who_fails_holds_where_the_spread_does_not() -> None:
    printed = run(
        "import lone_subjects as study\n"
        "cells = study.row(study.Cell((20, 20), 0.2, 0.3), 100).strip('| ').split(' | ')\n"
        "print(*cells[4:7])\n"
    )
    by_spread, exact_for_one, exact_for_two = map(float, printed.split())
    assert by_spread <= exact_for_one <= exact_for_two
    assert exact_for_one >= 93


def test_the_plans_power_is_simulated_with_what_the_plan_promises() -> None:
    printed = run(
        "import numpy as np, power\n"
        "kind = power.Kind((8, 40), 'equal')\n"
        "clips = kind.samples(np.random.default_rng(0))\n"
        "gap, tolerance = power.promised(kind, clips)\n"
        "found = power.compared(kind, clips, gap, np.random.default_rng(0), 0)\n"
        "lo, hi = found.bounds(0.95)\n"
        "print(round(gap, 3), bool(lo[0] < found.value[0] < hi[0]))\n"
    )
    assert printed.split() == ["0.212", "True"]


@pytest.mark.slow
def test_no_damaged_input_ends_a_command_with_an_internal_error() -> None:
    """A few of the cases of ``hostile_inputs.py``, with what they would print, and what is kept of them."""
    printed = run(
        "import hostile_inputs, pathlib, tempfile\n"
        "found = list(hostile_inputs.tried(range(1, 21)))\n"
        "kept = pathlib.Path(tempfile.mkdtemp()) / 'kept.csv'\n"
        "hostile_inputs._keep(found[12:], kept)\n"
        "hostile_inputs._keep(found[:12], kept)\n"
        "print(len(found), hostile_inputs._read(kept) == found, min(case.megabytes for case in found) > 0)\n"
        "print([case for case in found if case.problem])\n"
    )
    assert printed.splitlines() == ["20 True True", "[]"]


def test_the_memory_of_a_hostile_case_is_what_its_command_took() -> None:
    """A command that fills 300 MB, in a fork of a process that has had 900."""
    printed = run(
        "import hostile_inputs, harness.commands.main as command, pathlib, tempfile\n"
        "bytes(900 * 2**20)\n"
        "def main(): bytearray(b'x') * (300 * 2**20)\n"
        "command.main = main\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "code, seconds, used = hostile_inputs._ended([], folder, folder / 'log')\n"
        "print(code, used >> 20)\n"
    )
    code, megabytes = map(int, printed.split())
    assert code == 0
    assert 290 <= megabytes < 400  # the fork already has a few pages that the command fills


def test_the_table_of_speed_says_which_goals_are_met(tmp_path: Path) -> None:
    printed = run(
        "import os, pathlib, importlib\n"
        "from figures import FILE, read_figures, take_down\n"
        "take_down('HRV windows / s', 1.0)\n"
        f"path = pathlib.Path({str(tmp_path / 'figures')!r})\n"
        "print(read_figures(path))\n"
        "os.environ[FILE] = str(path)\n"
        "take_down('HRV windows / s', 557670.0, 'neurokit2', 677.0)\n"
        "take_down('run, without MLflow, s', 1.51)\n"
        "take_down('voice features, times as fast as openSMILE', 3.2)\n"
        "take_down('spectrum, ms / clip', 1.1, 'librosa', 1.0)\n"
        "take_down('score, s', 2.0)\n"
        "print(*importlib.import_module('all').rows(read_figures(path)), sep='\\n')\n"
    )
    nothing, *lines = printed.splitlines()
    assert nothing == "{}", "outside of all.py nothing is taken down"
    assert "| HRV windows / s | 557,670 |  | neurokit2: 677 |  |" in lines
    assert "| run, without MLflow, s | 1.51 | ≤ 1.5 |  | **no** |" in lines
    assert "| voice features, times as fast as openSMILE | 3.2 | ≥ 3.2 |  | yes |" in lines
    assert "| face, vit: share of the rate from memory | not measured (needs a GPU) | ≥ 0.97 | | |" in lines
    assert "| spectrum, ms / clip | 1.1 | ≤ librosa | librosa: 1 | **no** |" in lines
    assert lines[-1] == "| score, s | 2 |  |  |  |", "what is no goal stands last"


@pytest.mark.parametrize(
    ("peer", "value", "verdict"), [("librosa", "1.0", "yes"), ("librosa", "0.9", "**no**"), ("", "None", "")]
)
def test_a_goal_beside_a_peer_is_met_if_that_is_no_faster(peer: str, value: str, verdict: str) -> None:
    printed = run(
        "import importlib\n"
        "Goal = importlib.import_module('all').Goal\n"
        f"print(Goal('spectrum', at_most_of='librosa').verdict(1.0, {peer!r}, {value}))\n"
    )
    assert printed.strip() == verdict


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (3, 1)])
def test_all_speeds_end_with_an_error_if_a_script_failed(tmp_path: Path, code: int, ends: int) -> None:
    """The table names it."""
    script, table = tmp_path / "study.py", tmp_path / "speed.md"
    script.write_text(f"import sys\nsys.exit({code})\n")
    printed = run(
        "import importlib, sys\n"
        "every = importlib.import_module('all')\n"
        f"every.studies = lambda data: [every.Study({str(script)!r})]\n"
        f"sys.argv = ['all.py', '--out', {str(table)!r}]\n"
        "try:\n"
        "    every.main()\n"
        "except SystemExit as end:\n"
        "    print('ends with', end.code)\n"
    )
    assert printed.splitlines()[-1] == f"ends with {ends}"
    assert (f"`{script}` ended with {code}." in table.read_text()) is (code != 0)


def test_every_goal_of_speed_is_measured_by_a_script_that_is_run() -> None:
    """In a table that nobody fills, a goal would be open for ever."""
    speed = (BENCHMARKS / "all.py").read_text(encoding="utf-8")
    scripts = dict.fromkeys(re.findall(r'Study\(\s*"(\w+\.py)"', speed))
    taken = [
        re.sub(r"\\{.*?\\}", ".+", re.escape(name))
        for script in scripts
        for name in re.findall(r'take_down\(\s*f?"([^"]+)"', (BENCHMARKS / script).read_text(encoding="utf-8"))
    ]
    goals = run(
        "import importlib\nprint(*(goal.figure for goal in importlib.import_module('all').GOALS), sep='\\n')"
    )
    assert [goal for goal in goals.splitlines() if not any(re.fullmatch(name, goal) for name in taken)] == []


@pytest.mark.slow
@pytest.mark.parametrize("script", ["kills.py", "kills_of_runs.py"])
def test_a_run_that_is_killed_ends_with_equal_bytes(script: str) -> None:
    arguments = [sys.executable, str(BENCHMARKS / script), "--only", "wearable", "--kills", "1", "--seed", "4"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    name, kills, *_, runs, equal, left = done.stdout.splitlines()[-1].strip("| ").split(" | ")
    assert (name, kills, left) == ("wearable", "1", "0")
    assert int(runs) == int(equal) >= 1


def test_half_of_the_kills_come_while_batches_are_written(tmp_path: Path) -> None:
    """A run mostly starts up where there is little to compute: a moment of its time says little of its journal."""
    printed = run(
        "import kills, pathlib, threading, time\n"
        f"journal = pathlib.Path({str(tmp_path)!r})\n"
        "class Process:\n"
        "    def poll(self): return None\n"
        "def write():\n"
        "    for number in range(3):\n"
        "        time.sleep(0.05)\n"
        "        (journal / f'shard-{number:08}-{number:016x}.parquet').touch()\n"
        "threading.Thread(target=write).start()\n"
        "print(kills.highest(journal))\n"
        "kills.await_shard(Process(), journal, 2)\n"
        "print(kills.highest(journal))\n"
    )
    assert printed.split() == ["0", "2"]


def test_worn_devices_are_tested_as_the_practice_test_does() -> None:
    printed = run(
        "import worn_devices\n"
        "found = worn_devices.verdicts_on(worn_devices.constructed('drifting', 20, 0))\n"
        "print(found['drift'], worn_devices._at_loss(10, 0), worn_devices._at_error(10, 1))\n"
    )
    assert printed.split()[0] == "not_met"
    assert set(printed.split()[1:]) <= {"met", "not_met", "inconclusive"}


@pytest.mark.parametrize(
    ("study", "system", "question"),
    [
        ("asked_models", "follows the claim", "follows_claim"),
        ("heard_calls", "loses at the telephone", "loss_telephone:voice/telephone@1"),
        ("audited_people", "fewer answers", "coverage_gap"),
    ],
)
def test_made_systems_are_tested_as_the_practice_tests_do(study: str, system: str, question: str) -> None:
    printed = run(
        f"import {study} as study, named_defects\n"
        f"found = [study.tested({system!r}, 120, seed) for seed in range(2)]\n"
        f"print(*[one[{question!r}] for one in found])\n"
        f"print(*named_defects.named(found, study.DEFECTS[{system!r}])[:2])\n"
        "limits = [study.tested(named_defects.AT_LIMIT, 60, 0)]\n"
        "print(set(study.AT if hasattr(study, 'AT') else study.GAPS) <= set(limits[0]))\n"
    )
    assert printed.splitlines() == ["not_met not_met", "100.0 0.0", "True"]


def test_raters_and_a_system_under_conditions_are_drawn_in_one_block() -> None:
    """Every group of both, clean first; a value without an interval has a dot alone."""
    printed = run(
        "import beside_people as b\n"
        "row = {'n_subjects': 4, 'lo': 0.4, 'hi': 0.6, 'chance': 0.2, 'value': 0.5}\n"
        "who = [('acme', 'clean'), ('acme', 'voice/telephone@1'), ('human_raters', 'clean'), ('x', 'clean')]\n"
        "rows = [{**row, 'model': m, 'condition': c, 'group': g} for m, c in who\n"
        "        for g in ('female', '<b>')]\n"
        "rows[0]['lo'] = rows[0]['hi'] = None\n"
        "lines = list(b._lines(rows, 'acme'))\n"
        "print([f'{line.listener}: {line.group}' for line in lines])\n"
        "svg = b.drawn([b.Block('CREMA-D', lines)])\n"
        "print(svg.count('<circle'), svg.count('opacity'), svg.count('&lt;b&gt;') > 0, '<b>' in svg)\n"
    )
    names, counts = printed.splitlines()
    assert names == str(
        [
            f"{who}: {group}"
            for who in ("people who listened", "acme", "acme, voice/telephone@1")
            for group in ("female", "<b>")
        ]
    )
    assert counts == "6 5 True False"
