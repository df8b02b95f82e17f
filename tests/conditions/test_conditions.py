from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_recordings import made
from sounds_made import voice

from harness.cards import registry
from harness.cards.modality import Modality
from harness.conditions.composed import Composed
from harness.conditions.condition import Condition, LabelPreserving, under
from harness.errors import HarnessError, Reason, Unscored
from harness.signals.media import MEDIA_OF, Audio, Image, Media, Recording, Video
from harness.study.assembly import open_condition

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 3, 3)).astype(np.uint8)
SOUND = voice()
FILM = Video(np.stack([PIXELS, 255 - PIXELS]), np.array([0.0, 0.5]), SOUND)
MEDIA: Mapping[type, Media] = {Image: Image(PIXELS), Audio: SOUND, Video: FILM, Recording: made(20.0)}


def every_name() -> list[str]:
    """All conditions of the registry at all severities, but for those that need files of the user."""
    kinds = {family: registry.find("conditions", family) for family in registry.names("conditions")}
    return [
        family if severity is None else f"{family}@{severity}"
        for family, kind in kinds.items()
        if kind.files is None
        for severity in kind.severities or [None]
    ]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def kind_after(condition: Condition, media: Media) -> type[Media]:
    """A condition of faces does not apply to pictures without one."""
    try:
        return type(condition.apply(media, rng()))
    except Unscored as refused:
        return type(media) if refused.reason == Reason.NOT_APPLICABLE else type(None)  # type: ignore[return-value]


@pytest.mark.parametrize("name", every_name())
def test_a_condition_keeps_its_name_the_kind_of_media_and_what_it_was_given(name: str) -> None:
    condition: Condition = pickle.loads(pickle.dumps(open_condition(name)))
    assert condition.name == name
    for modality in condition.modalities & set(MEDIA_OF):
        media = MEDIA[MEDIA_OF[modality]]
        before = pickle.dumps(media)
        assert kind_after(condition, media) is type(media)
        assert pickle.dumps(media) == before


def test_a_mirror_exchanges_left_and_right_in_every_frame() -> None:
    mirror = open_condition("face/mirror")
    mirrored = mirror.apply(FILM, rng())
    assert isinstance(mirrored, Video)
    for frame, given in zip(mirrored.frames, FILM.frames, strict=True):
        for column in range(3):
            np.testing.assert_array_equal(frame[:, column], given[:, 2 - column])
    assert mirrored.audio is SOUND
    again = mirror.apply(mirrored, rng())
    assert isinstance(again, Video)
    np.testing.assert_array_equal(again.frames, FILM.frames)


def test_grey_is_the_luma_of_bt_601_in_three_channels() -> None:
    grey = open_condition("face/grey").apply(Image(np.full((2, 2, 3), (200, 100, 50), np.uint8)), rng())
    assert isinstance(grey, Image)
    assert np.unique(grey.pixels).tolist() == [round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)]
    assert grey.pixels.shape == (2, 2, 3)


def test_silence_is_as_long_as_the_sound_was() -> None:
    silent = open_condition("voice/silence").apply(SOUND, rng())
    assert isinstance(silent, Audio)
    np.testing.assert_array_equal(silent.waveform, np.zeros_like(SOUND.waveform))
    assert silent.sample_rate == SOUND.sample_rate


@pytest.mark.parametrize(("severity", "gain_db"), [(1, -6), (2, -12), (3, -18), (4, -24), (5, -30)])
def test_gain_lowers_the_level_by_what_its_severity_says(severity: int, gain_db: float) -> None:
    quieter = open_condition(f"voice/gain@{severity}").apply(SOUND, rng())
    assert isinstance(quieter, Audio)
    assert quieter.waveform.dtype == np.float32
    levels_db = [20 * np.log10(np.sqrt(np.mean(np.square(a.waveform, dtype=float)))) for a in (SOUND, quieter)]
    assert levels_db[1] - levels_db[0] == pytest.approx(gain_db, abs=1e-5)
    film = open_condition(f"voice/gain@{severity}").apply(FILM, rng())
    assert isinstance(film, Video)
    assert film.audio is not None
    np.testing.assert_array_equal(film.audio.waveform, quieter.waveform)
    np.testing.assert_array_equal(film.frames, FILM.frames)


class Noise(Condition):
    """Draws."""

    modalities = frozenset({Modality.VOICE})
    severities = {1: "weak", 2: "strong"}  # noqa: RUF012 (never changed)

    def apply(self, media: Media, rng: np.random.Generator) -> Media:
        assert isinstance(media, Audio)
        assert self.severity is not None
        noise = self.severity * rng.standard_normal(len(media.waveform))
        return Audio((media.waveform + noise).astype(np.float64), media.sample_rate)  # type: ignore[arg-type]


def silence(sample: Mapping[str, Any]) -> Media:
    return Audio(np.zeros(4), 8)  # type: ignore[arg-type]


def drawn(severity: int, seed: int, sample_id: str) -> np.ndarray:
    load = pickle.loads(pickle.dumps(under(Noise("noise", severity), silence, seed)))
    media = load({"sample_id": sample_id})
    assert isinstance(media, Audio)
    return media.waveform


def test_what_is_drawn_follows_from_seed_and_sample_and_grows_with_severity() -> None:
    first = drawn(1, 0, "a")
    np.testing.assert_array_equal(drawn(1, 0, "a"), first)
    np.testing.assert_array_equal(drawn(2, 0, "a"), 2 * first)
    for other in (drawn(1, 1, "a"), drawn(1, 0, "b")):
        assert (other != first).all()


def test_clean_media_are_loaded_as_they_are() -> None:
    assert under(open_condition("clean"), silence, 0) is silence


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("face/blurred", "no condition 'face/blurred' in the registry. Did you mean face/zoom_blur"),
        ("face/grey@1", "condition face/grey: it has no severities"),
        ("voice/gain", r"condition voice/gain: choose voice/gain@1 \(-6 dB\), voice/gain@2 \(-12 dB\)"),
        ("voice/gain@6", "choose voice/gain@1"),
        ("voice/gain@-6", "the severity after @ must be a whole number"),
        ("voice/gain@02", "the severity after @ must be a whole number"),
        ("clean+face/grey", "clean changes nothing; leave it out"),
        ("face/grey+", "no condition ''"),
        ("+".join(["face/grey"] * 6), "at most 5 changes can be joined"),
        ("voice/gain@", "the severity after @ must be a whole number"),
    ],
)
def test_a_condition_that_is_not_there_is_named(name: str, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        open_condition(name)


def test_joined_conditions_are_applied_in_their_order() -> None:
    joined: Condition = pickle.loads(pickle.dumps(open_condition("voice/gain@1+face/mirror+face/grey")))
    assert joined.name == "voice/gain@1+face/mirror+face/grey"
    assert joined.modalities == {Modality.AUDIOVISUAL, Modality.VIDEO}
    one_by_one: Media = FILM
    for name in joined.name.split("+"):
        one_by_one = open_condition(name).apply(one_by_one, rng())
    changed = joined.apply(FILM, rng())
    assert pickle.dumps(changed) == pickle.dumps(one_by_one)


def test_joined_conditions_draw_the_same_at_every_severity_and_each_for_itself() -> None:
    def joined(first: int, second: int) -> np.ndarray:
        both = Composed([Noise("noise", first), Noise("noise", second)])
        media = under(both, silence, 0)({"sample_id": "a"})
        assert isinstance(media, Audio)
        return media.waveform

    once, other = joined(1, 1), joined(2, 1)
    np.testing.assert_allclose(joined(2, 2), 2 * once)
    assert (other != once).all()
    assert (other != 1.5 * once).all()


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("face/grey+face/mirror", "assumed"),
        ("face/grey+face/unknown", "unknown"),
        ("face/shown+face/shown", "assumed"),
    ],
)
def test_what_is_joined_preserves_labels_as_its_least_part_does(names: str, expected: str) -> None:
    class Unknown(Noise):
        label_preserving = LabelPreserving.UNKNOWN

    class Shown(Noise):
        label_preserving = LabelPreserving.SHOWN

    parts = {"face/unknown": Unknown("noise", 1), "face/shown": Shown("noise", 1)}
    joined = Composed([parts.get(name) or open_condition(name) for name in names.split("+")])
    assert joined.plain()["label_preserving"] == expected


def test_the_plan_says_what_a_severity_stands_for() -> None:
    assert open_condition("voice/gain@2").plain() == {
        "name": "voice/gain@2",
        "severity": 2,
        "meaning": "-12 dB",
        "label_preserving": "assumed",
        "source": "",
    }
    joined = open_condition("face/mirror+voice/gain@1").plain()
    assert (joined["severity"], joined["meaning"]) == (None, "face/mirror, then -6 dB")


def test_every_condition_stands_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "conditions.md").read_text(encoding="utf-8")
    assert [name for name in registry.names("conditions") if f"`{name}" not in page] == []
