from __future__ import annotations

from harness.models.mini_xception import MiniXceptionOptions
from harness.signals.face_options import FaceOptions
from harness.study.build_plan import choices


def test_where_a_users_file_lies_stays_out_of_the_plan() -> None:
    assert choices(MiniXceptionOptions(weights="/somewhere/emotion_model.hdf5")) == {}
    assert choices(FaceOptions(detector="yunet", weights="/somewhere/yunet.onnx")) == {
        "detector": "yunet",
        "margin": 0.1,
        "align": False,
        "min_score": 0.7,
    }
