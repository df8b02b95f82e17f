"""Names → readers, kinds of model, metrics, checks, conditions, … Imported only when asked for.

Our own names stand in the tables below. Other packages add theirs by entry point, in the groups
``harness.readers``, ``harness.models``, ``harness.metrics``, ``harness.checks``, ``harness.conditions``,
``harness.executors`` and ``harness.practice_tests``::

    [project.entry-points."harness.readers"]
    my_layout = "my_package.my_layout:MyReader"

Configs name things; they never hold an import path: a vendor's config is untrusted input. A name that two packages
claim, or that is the harness's own, is refused: what measured a run must be plain from its name.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from importlib import import_module
from importlib.abc import InspectLoader
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from typing import Any, Literal

from harness.errors import HarnessError
from harness.resources import extension_points
from harness.wording import did_you_mean

Kind = Literal["readers", "models", "metrics", "checks", "conditions", "executors", "practice_tests"]

NOUNS: Mapping[Kind, str] = {
    "readers": "reader",
    "models": "model",
    "metrics": "metric family",
    "checks": "check",
    "conditions": "condition",
    "executors": "executor",
    "practice_tests": "practice test",
}

BUILT_IN: dict[Kind, dict[str, str]] = {
    "readers": {
        "affectnet": "harness.datasets.affectnet:AffectnetReader",
        "audformat": "harness.datasets.audformat_database:AudformatReader",
        "affective_road": "harness.datasets.affective_road:AffectiveRoadReader",
        "bids_eeg": "harness.datasets.bids_eeg:BidsEegReader",
        "bold": "harness.datasets.bold:BoldReader",
        "case": "harness.datasets.case:CaseReader",
        "casual_conversations": "harness.datasets.casual_conversations:CasualConversationsReader",
        "ck_plus": "harness.datasets.ck_plus:CkPlusReader",
        "corpus_tables": "harness.datasets.corpus_tables:CorpusTablesReader",
        "cremad": "harness.datasets.cremad:CremadReader",
        "croissant": "harness.datasets.croissant:CroissantReader",
        "deap": "harness.datasets.deap:DeapReader",
        "emo_superb": "harness.datasets.emo_superb:EmoSuperbReader",
        "emobox": "harness.datasets.emobox:EmoboxReader",
        "emodb": "harness.datasets.emodb:EmodbReader",
        "enterface": "harness.datasets.enterface:EnterfaceReader",
        "emonet_face": "harness.datasets.emonet_face:EmonetFaceReader",
        "emotic": "harness.datasets.emotic:EmoticReader",
        "expw": "harness.datasets.expw:ExpwReader",
        "facial_expressions": "harness.datasets.facial_expressions:FacialExpressionsReader",
        "fer2013": "harness.datasets.fer2013:Fer2013Reader",
        "ferplus": "harness.datasets.ferplus:FerplusReader",
        "fhibe": "harness.datasets.fhibe:FhibeReader",
        "file_names": "harness.datasets.file_names:FileNamesReader",
        "hf_dataset": "harness.datasets.hf_dataset:HfDatasetReader",
        "iemocap": "harness.datasets.iemocap:IemocapReader",
        "listen": "harness.datasets.listen:ListenReader",
        "meld": "harness.datasets.meld:MeldReader",
        "msp_improv": "harness.datasets.msp_improv:MspImprovReader",
        "msp_podcast": "harness.datasets.msp_podcast:MspPodcastReader",
        "k_emocon": "harness.datasets.k_emocon:KEmoConReader",
        "nurse_stress": "harness.datasets.nurse_stress:NurseStressReader",
        "ppg_dalia": "harness.datasets.ppg_dalia:PpgDaliaReader",
        "rafdb": "harness.datasets.rafdb:RafdbReader",
        "rating_traces": "harness.datasets.rating_traces:RatingTracesReader",
        "ravdess": "harness.datasets.ravdess:RavdessReader",
        "seed": "harness.datasets.seed:SeedReader",
        "sewa": "harness.datasets.sewa:SewaReader",
        "simulated_eeg": "harness.datasets.simulated.eeg:SimulatedEegReader",
        "simulated_faces": "harness.datasets.simulated.faces:SimulatedFacesReader",
        "simulated_voices": "harness.datasets.simulated.voices:SimulatedVoicesReader",
        "simulated_wearables": "harness.datasets.simulated.wearables:SimulatedWearablesReader",
        "stress_predict": "harness.datasets.stress_predict:StressPredictReader",
        "swell_kw": "harness.datasets.swell_kw:SwellReader",
        "synthesised_speech": "harness.datasets.simulated.synthesised_speech:SynthesisedSpeechReader",
        "table": "harness.datasets.table:TableReader",
        "wearable_hrv": "harness.datasets.wearable_hrv:WearableHrvReader",
        "wesad": "harness.datasets.wesad:WesadReader",
    },
    "models": {
        "chat": "harness.models.chat.chat_model:ChatModel",
        "command": "harness.models.programs.command_model:CommandModel",
        "eeg_bands": "harness.models.eeg_bands:EegBandsModel",
        "ensemble": "harness.models.fusion:Ensemble",
        "fusion": "harness.models.fusion:Fusion",
        "http": "harness.models.services.http_service:HttpService",
        "human_raters": "harness.models.human_raters:HumanRaters",
        "litert": "harness.models.networks.litert_model:LitertModel",
        "majority": "harness.models.chance_baselines:Majority",
        "mini_xception": "harness.models.mini_xception:MiniXceptionModel",
        "onnx": "harness.models.networks.onnx_model:OnnxModel",
        "opensmile_functionals": "harness.models.opensmile_functionals:OpensmileModel",
        "predictions": "harness.models.predictions_file:PredictionsFile",
        "sklearn": "harness.models.sklearn_model:SklearnModel",
        "stratified_random": "harness.models.chance_baselines:StratifiedRandom",
        "torch": "harness.models.networks.torch_model:TorchModel",
        "transformers": "harness.models.networks.transformers_model:TransformersModel",
        "voice_functionals": "harness.models.voice_functionals:VoiceFunctionalsModel",
        "wearable_features": "harness.models.wearable_features:WearableFeaturesModel",
    },
    # In the order of the results.
    "metrics": {
        "categorical": "harness.measurement.built_in_metrics:CATEGORICAL_FAMILY",
        "supported": "harness.measurement.built_in_metrics:SUPPORTED_FAMILY",
        "outcomes": "harness.measurement.built_in_metrics:OUTCOMES_FAMILY",
        "invariance": "harness.measurement.built_in_metrics:INVARIANCE_FAMILY",
        "invariance_of_values": "harness.measurement.built_in_metrics:INVARIANCE_OF_VALUES_FAMILY",
        "votes": "harness.measurement.built_in_metrics:VOTES_FAMILY",
        "soft_labels": "harness.measurement.built_in_metrics:SOFT_LABELS_FAMILY",
        "negative_assignment": "harness.measurement.built_in_metrics:NEGATIVE_ASSIGNMENT_FAMILY",
        "valence_error": "harness.measurement.built_in_metrics:VALENCE_ERROR_FAMILY",
        "probabilistic": "harness.measurement.built_in_metrics:PROBABILISTIC_FAMILY",
        "calibration": "harness.measurement.built_in_metrics:CALIBRATION_FAMILY",
        "selective": "harness.measurement.built_in_metrics:SELECTIVE_FAMILY",
        "conformal": "harness.measurement.built_in_metrics:CONFORMAL_FAMILY",
        "ranking": "harness.measurement.built_in_metrics:RANKING_FAMILY",
        "dimensional": "harness.measurement.built_in_metrics:DIMENSIONAL_FAMILY",
    },
    # In the order of the results.
    "checks": {
        "blind": "harness.checks.blind:blind",
        "label_order": "harness.checks.label_order:label_order",
        "swapped_labels": "harness.checks.swapped_labels:swapped_labels",
        "subject_leakage": "harness.checks.subject_leakage:subject_leakage",
        "collapsed": "harness.checks.collapsed:collapsed",
        "probabilities": "harness.checks.probabilities:probabilities",
        "support": "harness.checks.support:support",
        "acted_only": "harness.checks.support:acted_only",
        "recording_condition": "harness.checks.recording_condition:recording_condition",
        "proxy_leakage": "harness.checks.proxy_leakage:proxy_leakage",
        "negative_control": "harness.checks.negative_control:negative_control",
        "near_duplicates": "harness.checks.near_duplicates:near_duplicates",
        "determinism": "harness.checks.probes:determinism",
        "batch_invariance": "harness.checks.probes:batch_invariance",
        "frozen": "harness.checks.frozen:frozen",
        "reduced_precision": "harness.checks.reduced_precision:reduced_precision",
        "answers": "harness.checks.single_answers:answers",
        "channel_order": "harness.checks.other_input:channel_order",
        "input_scale": "harness.checks.other_input:input_scale",
        "sham_edit": "harness.checks.sham_edit:sham_edit",
    },
    "conditions": {
        "clean": "harness.conditions.clean:Clean",
        "body/face_hidden": "harness.conditions.hidden_face:FaceHidden",
        "face/background": "harness.conditions.backgrounds:Background",
        "face/brightness": "harness.conditions.picture_processing:Brightness",
        "face/brightness_p": "harness.conditions.perturbations:SlightBrightness",
        "face/contrast": "harness.conditions.picture_processing:Contrast",
        "face/defocus_blur": "harness.conditions.picture_blurs:DefocusBlur",
        "face/elastic_transform": "harness.conditions.picture_processing:ElasticTransform",
        "face/fog": "harness.conditions.weather:Fog",
        "face/frost": "harness.conditions.weather:Frost",
        "face/gaussian_blur": "harness.conditions.picture_blurs:GaussianBlur",
        "face/gaussian_noise": "harness.conditions.picture_noises:GaussianNoise",
        "face/gaussian_noise_p": "harness.conditions.perturbations:SlightGaussianNoise",
        "face/glass_blur": "harness.conditions.picture_blurs:GlassBlur",
        "face/glasses": "harness.conditions.occlusions:Glasses",
        "face/grey": "harness.conditions.pictures:Grey",
        "face/impulse_noise": "harness.conditions.picture_noises:ImpulseNoise",
        "face/jpeg_compression": "harness.conditions.picture_processing:JpegCompression",
        "face/mask": "harness.conditions.occlusions:Mask",
        "face/mirror": "harness.conditions.pictures:Mirror",
        "face/motion_blur": "harness.conditions.picture_blurs:MotionBlur",
        "face/motion_blur_p": "harness.conditions.perturbations:SlightMotionBlur",
        "face/pixelate": "harness.conditions.picture_processing:Pixelate",
        "face/rotate_p": "harness.conditions.perturbations:Rotate",
        "face/saturate": "harness.conditions.picture_processing:Saturate",
        "face/scale_p": "harness.conditions.perturbations:Scale",
        "face/scarf": "harness.conditions.occlusions:Scarf",
        "face/shot_noise": "harness.conditions.picture_noises:ShotNoise",
        "face/shot_noise_p": "harness.conditions.perturbations:SlightShotNoise",
        "face/skin_tone": "harness.conditions.skin_edit:SkinToneEdit",
        "face/skin_tone_sham": "harness.conditions.skin_edit:SkinToneSham",
        "face/snow": "harness.conditions.weather:Snow",
        "face/snow_p": "harness.conditions.perturbations:SlightSnow",
        "face/spatter": "harness.conditions.weather:Spatter",
        "face/speckle_noise": "harness.conditions.picture_noises:SpeckleNoise",
        "face/tilt_p": "harness.conditions.perturbations:Tilt",
        "face/translate_p": "harness.conditions.perturbations:Translate",
        "face/zoom_blur": "harness.conditions.picture_blurs:ZoomBlur",
        "face/zoom_blur_p": "harness.conditions.perturbations:SlightZoomBlur",
        "voice/amr_nb": "harness.conditions.telephone:AmrNb",
        "voice/append_zeros": "harness.conditions.small_changes:AppendZeros",
        "voice/babble": "harness.conditions.noises:Babble",
        "voice/beginning": "harness.conditions.timing:Beginning",
        "voice/chunk_masking": "harness.conditions.timing:ChunkMasking",
        "voice/clip": "harness.conditions.small_changes:Clip",
        "voice/coughing": "harness.conditions.noises:Coughing",
        "voice/crop_beginning": "harness.conditions.small_changes:CropBeginning",
        "voice/crop_end": "harness.conditions.small_changes:CropEnd",
        "voice/environment": "harness.conditions.noises:Environment",
        "voice/even_loudness": "harness.conditions.prosody:EvenLoudness",
        "voice/faint_noise": "harness.conditions.small_changes:FaintNoise",
        "voice/faster": "harness.conditions.prosody:Faster",
        "voice/flat_intonation": "harness.conditions.prosody:FlatIntonation",
        "voice/g711": "harness.conditions.telephone:G711",
        "voice/gain": "harness.conditions.sounds:Gain",
        "voice/high_pass": "harness.conditions.small_changes:HighPass",
        "voice/impulse_response": "harness.conditions.rooms:ImpulseResponse",
        "voice/low_pass": "harness.conditions.small_changes:LowPass",
        "voice/low_quality_phone": "harness.conditions.low_quality_phone:LowQualityPhone",
        "voice/music": "harness.conditions.noises:Music",
        "voice/opus": "harness.conditions.telephone:Opus",
        "voice/overdriven": "harness.conditions.sounds:Overdriven",
        "voice/packet_loss": "harness.conditions.packet_loss:PacketLoss",
        "voice/packet_loss_concealed": "harness.conditions.packet_loss:ConcealedLoss",
        "voice/pauses_inserted": "harness.conditions.timing:PausesInserted",
        "voice/pauses_removed": "harness.conditions.timing:PausesRemoved",
        "voice/pink_noise": "harness.conditions.noises:PinkNoise",
        "voice/pitch_down": "harness.conditions.prosody:PitchDown",
        "voice/pitch_up": "harness.conditions.prosody:PitchUp",
        "voice/prepend_zeros": "harness.conditions.small_changes:PrependZeros",
        "voice/prosody_only": "harness.conditions.spectra:ProsodyOnly",
        "voice/resynthesised": "harness.conditions.prosody:Resynthesised",
        "voice/room": "harness.conditions.rooms:SimulatedRoom",
        "voice/same_level": "harness.conditions.sounds:SameLevel",
        "voice/silence": "harness.conditions.silence:Silence",
        "voice/silence_around": "harness.conditions.timing:SilenceAround",
        "voice/slower": "harness.conditions.prosody:Slower",
        "voice/small_gain": "harness.conditions.small_changes:SmallGain",
        "voice/sneezing": "harness.conditions.noises:Sneezing",
        "voice/speech_shaped_noise": "harness.conditions.noises:SpeechShapedNoise",
        "voice/telephone": "harness.conditions.telephone:Telephone",
        "voice/tilt_down": "harness.conditions.spectra:TiltDown",
        "voice/tilt_up": "harness.conditions.spectra:TiltUp",
        "voice/tone": "harness.conditions.small_changes:Tone",
        "voice/white_noise": "harness.conditions.noises:WhiteNoise",
        "voice/words_only": "harness.conditions.prosody:WordsOnly",
        "wearable/drift": "harness.conditions.sensor_faults:SensorDrift",
        "wearable/exercise": "harness.conditions.body_movement:Exercise",
        "wearable/lower_rate": "harness.conditions.sensor_faults:LowerRate",
        "wearable/missing": "harness.conditions.sensor_faults:MissingSegments",
        "wearable/movement": "harness.conditions.body_movement:Movement",
        "wearable/noise": "harness.conditions.sensor_faults:SensorNoise",
        "wearable/other_device": "harness.conditions.sensor_faults:OtherDevice",
        "wearable/perfusion": "harness.conditions.perfusion:Perfusion",
    },
    "executors": {
        "local": "harness.inference.local_executor:LocalExecutor",
        "ray": "harness.inference.cluster.ray_executor:RayExecutor",
    },
    "practice_tests": {
        "audit": "harness.practice_tests.audit.audit_practice:AuditTest",
        "customer_service": "harness.practice_tests.customer_service.service_practice:CustomerServiceTest",
        "human_review": "harness.practice_tests.human_review.review_practice:HumanReviewTest",
        "language_models": "harness.practice_tests.language_models.language_models_practice:LanguageModelsTest",
        "wearables": "harness.practice_tests.wearables.wearables_practice:WearablesTest",
    },
}

_PLAIN = r"[a-z][a-z0-9_]{0,49}"
_NAME = {kind: re.compile(_PLAIN) for kind in NOUNS} | {"conditions": re.compile(rf"{_PLAIN}(/{_PLAIN})?")}
"""A condition may be named after what it changes: ``face/grey``."""


@dataclass(frozen=True)
class Extension:
    """What another package registered.

    Attributes:
        kind: such as ``metrics``.
        name: that it is registered under.
        package: the distribution that it comes from.
        version: of the package.
    """

    kind: Kind
    name: str
    package: str
    version: str

    def __str__(self) -> str:
        return f"the {NOUNS[self.kind]} {self.name!r} of the package {self.package} {self.version}"

    @property
    def remedy(self) -> str:
        """What to do about a fault of it."""
        return f"Update the package or uninstall it: pip uninstall {self.package}"

    def plain(self) -> dict[str, str]:
        """For the plan."""
        return asdict(self)

    @contextmanager
    def blamed(self, what: str) -> Iterator[None]:
        """Turn whatever goes wrong within its code into one message that names the package.

        Args:
            what: it was doing, such as ``cannot be loaded``.

        Raises:
            HarnessError: something went wrong.
        """
        try:
            yield
        except HarnessError:
            raise
        except Exception as error:
            found = f"{type(error).__name__}: {error}".strip().splitlines()[0][:300]
            raise HarnessError(f"{self} {what} ({found}). {self.remedy}") from error


def names(kind: Kind) -> list[str]:
    """All registered names of a kind: the harness's own, then those of other packages, sorted.

    Raises:
        HarnessError: another package's name is malformed or taken.
    """
    return [*BUILT_IN[kind], *installed(kind)]


def extensions(kind: Kind) -> list[Extension]:
    """What other packages registered of a kind, by name.

    Raises:
        HarnessError: a name is malformed or taken.
    """
    return [extension for extension, _ in installed(kind).values()]


def find(kind: Kind, name: str) -> Any:
    """Import and return what is registered under a name.

    Raises:
        HarnessError: nothing is, and the message lists the names there are; or it cannot be loaded.
    """
    outside = installed(kind)
    if name in BUILT_IN[kind]:
        module, _, attribute = BUILT_IN[kind][name].partition(":")
        return getattr(import_module(module), attribute)
    if name not in outside:
        known = ", ".join(names(kind)) or "none"
        hint = did_you_mean(name, names(kind))
        raise HarnessError(f"There is no {NOUNS[kind]} {name!r} in the registry.{hint} Known: {known}.")
    extension, point = outside[name]
    with extension.blamed("cannot be loaded"):
        return point.load()


def summary(kind: Kind, name: str) -> str:
    """The first line of the docstring of what is registered under a name; ours is read without importing it.

    Raises:
        HarnessError: see `find`.
    """
    if name in BUILT_IN[kind]:
        docstring = _docstring_in_source(*BUILT_IN[kind][name].split(":"))
    else:
        docstring = inspect.getdoc(find(kind, name))
    return (docstring or "").partition("\n")[0].replace("`", "")


def _docstring_in_source(module: str, attribute: str) -> str | None:
    spec = find_spec(module)
    assert spec is not None
    assert isinstance(spec.loader, InspectLoader)
    tree = ast.parse(spec.loader.get_source(module) or "")
    defined = (node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef))
    found = next((node for node in defined if node.name == attribute), None)
    return None if found is None else ast.get_docstring(found)


@cache
def installed(kind: Kind) -> dict[str, tuple[Extension, EntryPoint]]:
    """By name, sorted; read once: what is installed while Python runs is found by the next one."""
    found: dict[str, tuple[Extension, EntryPoint]] = {}
    of_kind = (point for point in extension_points() if point.group == f"harness.{kind}")
    for point in sorted(of_kind, key=lambda point: (point.name, point.value)):
        package, version = (point.dist.name, point.dist.version) if point.dist else ("unknown", "")
        extension = Extension(kind, point.name, package, version)
        if not _NAME[kind].fullmatch(point.name):
            raise HarnessError(
                f"{extension} has no usable name: expected small letters, digits and _, at most 50. "
                f"{extension.remedy}"
            )
        if point.name in BUILT_IN[kind]:
            raise HarnessError(
                f"{extension} has the name of one of the harness's own, which it cannot replace. "
                f"{extension.remedy}"
            )
        if point.name in found:
            raise HarnessError(f"{extension} has the name of {found[point.name][0]}. Uninstall one of them.")
        found[point.name] = extension, point
    return found
