"""``harness demo``: real systems on generated data, one study per modality."""

from __future__ import annotations

from pathlib import Path

from harness.commands.study_tables import show_study
from harness.commands.terminal import TerminalObserver, say
from harness.evidence.run_folder import OtherPlanError
from harness.study.compose import compose_study
from harness.study.config import StudyConfig
from harness.study.observer import Observer
from harness.study.run_study import Study, run

STUDIES = (
    ("simulated_faces", "fer_mini_xception"),
    ("simulated_voices", "voice_functionals_svm"),
    ("simulated_wearables", "wearable_stress"),
)
CHOICES = (
    "tracking.experiment=harness-demo",
    "attributes.bands.skin_tone=monk_3",  # twenty people a group, not six
    "checks.max_probes=16",
    "checks.max_inputs=64",
)


def run_demo(out: Path) -> None:
    """Measure a face, a voice and a wearable system, and print where the reports are.

    Raises:
        HarnessError: the weights of the face model could not be downloaded.
    """
    say(
        "Three systems on simulated data: the numbers show that the harness works, not how systems do on people.\n"
    )
    for dataset, model in STUDIES:
        config = compose_study([f"dataset={dataset}", f"model={model}", *CHOICES])
        observer = TerminalObserver()
        with observer:
            study = _run_in(out / dataset, config, observer)
        show_study(study)
        say("")
    say("On your own data: harness run dataset=table dataset.root=DIR dataset.file=samples.csv model=NAME")


def _run_in(folder: Path, config: StudyConfig, observer: Observer) -> Study:
    """Run in a folder; where it has a run with another plan, as another version makes it, in one of this plan."""
    try:
        return run(config.model_copy(update={"out": folder}), observer)
    except OtherPlanError as error:
        own = folder.with_name(f"{folder.name}-{error.sha256[:8]}")
    observer.note(f"{folder} is kept: it has a demo with another plan, as of another version. This one: {own}")
    return run(config.model_copy(update={"out": own}), observer)
