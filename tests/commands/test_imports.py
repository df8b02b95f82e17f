"""What small commands must not wait for: times differ from machine to machine, what is imported does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

COMPUTING = ("numpy", "pandas", "pyarrow", "scipy", "torch")
MODELS = ("cv2", "librosa", "matplotlib", "mlflow", "onnxruntime", "sklearn", "soundfile", "torch")
HALF_A_SECOND_EACH = (*MODELS, "pandas", "scipy.optimize", "scipy.signal", "scipy.stats")
OF_SERVICES = ("httpx", "asyncio")
VERBS = (
    *("demo", "run", "plan", "score", "compare", "track", "list", "show", "check", "doctor"),
    *("new model", "attributes template"),
)


def imported(*arguments: str) -> set[str]:
    """The modules that are loaded when a command has ended well."""
    code = (
        f"import sys; from harness.commands.main import main\nsys.argv = ['harness', *{list(arguments)!r}]\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print('\\nloaded:', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("\nloaded: ")[2].split())


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A file of answers to a hundred samples."""
    folder = tmp_path_factory.mktemp("answers")
    rows = [(f"s{i}", f"p{i // 5}", "joy" if i % 3 else "anger") for i in range(100)]
    samples = "".join(f"{sample},{subject},{label},{label}\n" for sample, subject, label in rows)
    (folder / "samples.csv").write_text("sample_id,subject_id,label,attr.sex\n" + samples)
    answers = "".join(f"{sample},joy,0.75,0.25\n" for sample, _, _ in rows)
    (folder / "answers.csv").write_text("sample_id,label,score.joy,score.anger\n" + answers)
    data = ["dataset=table", f"dataset.root={folder}", "dataset.modality=voice", "dataset.label_source=acted"]
    return [*data, "model=predictions", f"model.file={folder / 'answers.csv'}", f"out={folder / 'run'}"]


def test_a_file_of_answers_is_measured_and_scored_without_models_and_decoders(study: list[str]) -> None:
    for command in (
        ["run", *study, "tracking.enabled=false", "measure.resamples=200", "measure.permutations=100"],
        ["plan", *study],
        ["score", study[-1].removeprefix("out=")],
    ):
        loaded = imported(*command)
        assert "numpy" in loaded
        assert loaded & {*HALF_A_SECOND_EACH, *OF_SERVICES} == set(), command[0]


@pytest.mark.parametrize("verb", VERBS)
def test_help_computes_nothing(verb: str) -> None:
    assert imported(*verb.split(), "--help") & {*COMPUTING, *MODELS, "hydra"} == set()


@pytest.mark.parametrize("kind", ["readers", "models", "checks", "conditions", "executors", "practice_tests"])
def test_names_are_listed_without_what_they_name(kind: str) -> None:
    assert imported("list", kind) & {*COMPUTING, *MODELS} == set()
