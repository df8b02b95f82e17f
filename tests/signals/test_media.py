from __future__ import annotations

import numpy as np
import pytest

from harness.cards.modality import Modality
from harness.errors import HarnessError
from harness.signals.media import MEDIA_OF, Audio, Image, Media, Recording, Video, require_kind

SOUND = Audio(np.zeros(4, np.float32), 8)
FRAMES = np.stack([np.full((2, 2, 3), i, np.uint8) for i in range(4)])
GIVEN: dict[str, Media] = {
    "face": Image(FRAMES[0]),
    "body": Image(FRAMES[0]),
    "voice": SOUND,
    "wearable": Recording(1.0, {}),
    "audiovisual": Video(FRAMES[:1], np.zeros(1), SOUND),
    "video": Video(FRAMES, np.arange(4.0)),
    "eeg": Recording(1.0, {}),
    "physiology": Recording(1.0, {}),
}


def test_every_modality_has_its_media_and_the_names_of_version_1_stay() -> None:
    assert set(GIVEN) == set(Modality) - {Modality.NOT_STATED} == set(MEDIA_OF)
    assert {"face", "voice", "wearable", "audiovisual"} <= {str(modality) for modality in Modality}
    for modality, media in GIVEN.items():
        require_kind(media, modality, "s")


@pytest.mark.parametrize(
    ("modality", "media", "message"),
    [
        ("face", SOUND, "sample s: its modality is face, for which a reader gives Image, but this one gave Audio"),
        ("voice", GIVEN["video"], "gives Audio, but this one gave Video"),
        ("eeg", GIVEN["face"], "gives Recording, but this one gave Image"),
        ("audiovisual", GIVEN["video"], "gives Video, but this one gave Video without sound"),
    ],
)
def test_media_of_another_kind_are_one_clear_error(modality: str, media: Media, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        require_kind(media, modality, "s")


@pytest.mark.parametrize(("num_frames", "middle"), [(1, 0), (2, 1), (3, 1), (4, 2)])
def test_the_still_of_a_film_is_the_frame_in_the_middle(num_frames: int, middle: int) -> None:
    film = Video(FRAMES[:num_frames], np.arange(float(num_frames)))
    assert np.unique(film.still.pixels).tolist() == [middle]
