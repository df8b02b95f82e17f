"""Names → readers, kinds of model, conditions and executors. Nothing is imported before it is asked for.

Our own names stand in the tables below. Other packages add theirs by entry point, in the groups
``harness.readers``, ``harness.models``, ``harness.conditions`` and ``harness.executors``::

    [project.entry-points."harness.readers"]
    my_layout = "my_package.my_layout:MyReader"

Configs name things; they never hold an import path: a vendor's config is untrusted input.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal

from harness.errors import HarnessError

Kind = Literal["readers", "models", "conditions", "executors"]

BUILT_IN: dict[Kind, dict[str, str]] = {
    "readers": {
        "cremad": "harness.datasets.cremad:CremadReader",
        "emodb": "harness.datasets.emodb:EmodbReader",
        "facial_expressions": "harness.datasets.facial_expressions:FacialExpressionsReader",
        "ravdess": "harness.datasets.ravdess:RavdessReader",
        "simulated_faces": "harness.datasets.simulated.faces:SimulatedFacesReader",
        "simulated_voices": "harness.datasets.simulated.voices:SimulatedVoicesReader",
        "simulated_wearables": "harness.datasets.simulated.wearables:SimulatedWearablesReader",
        "stress_predict": "harness.datasets.stress_predict:StressPredictReader",
        "table": "harness.datasets.table:TableReader",
        "wearable_hrv": "harness.datasets.wearable_hrv:WearableHrvReader",
    },
    "models": {
        "human_raters": "harness.models.human_raters:HumanRaters",
        "majority": "harness.models.chance_baselines:Majority",
        "mini_xception": "harness.models.mini_xception:MiniXceptionModel",
        "opensmile_functionals": "harness.models.opensmile_functionals:OpensmileModel",
        "predictions": "harness.models.predictions_file:PredictionsFile",
        "stratified_random": "harness.models.chance_baselines:StratifiedRandom",
        "voice_functionals": "harness.models.voice_functionals:VoiceFunctionalsModel",
        "wearable_features": "harness.models.wearable_features:WearableFeaturesModel",
    },
    "conditions": {
        "clean": "harness.conditions.clean:Clean",
        "face/grey": "harness.conditions.pictures:Grey",
        "face/mirror": "harness.conditions.pictures:Mirror",
        "voice/gain": "harness.conditions.sounds:Gain",
    },
    "executors": {
        "local": "harness.inference.local_executor:LocalExecutor",
    },
}


def names(kind: Kind) -> list[str]:
    """All registered names of a kind, sorted."""
    return sorted({*BUILT_IN[kind], *(point.name for point in entry_points(group=f"harness.{kind}"))})


def find(kind: Kind, name: str) -> Any:
    """Import and return what is registered under a name.

    Raises:
        HarnessError: nothing is; the message lists the names there are.
    """
    if name in BUILT_IN[kind]:
        module, _, attribute = BUILT_IN[kind][name].partition(":")
        return getattr(import_module(module), attribute)
    for point in entry_points(group=f"harness.{kind}"):
        if point.name == name:
            return point.load()
    raise HarnessError(f"There is no {kind[:-1]} {name!r} in the registry. Known: {', '.join(names(kind))}.")
