"""Voices of Piper, which hum here: see `piper_voices`."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from piper_voices import F0_HZ, HZ_PER_SPEAKER, needs_piper, write_voice
from pydantic import ValidationError

from harness.cards.facts import dataset_card
from harness.datasets.simulated import piper_process as processes
from harness.datasets.simulated.piper_process import piper_process
from harness.datasets.simulated.speech_engine import MANNERS
from harness.datasets.simulated.synthesised_speech import SynthesisedSpeechOptions, SynthesisedSpeechReader
from harness.errors import HarnessError, Unscored
from harness.files import sha256_file
from harness.signals.f0_track import f0_track
from harness.study.plain_choices import choices


def reader(*voices: Path, **options: object) -> SynthesisedSpeechReader:
    given = {"engine": "piper", "voices": voices or None, **options}
    return SynthesisedSpeechReader(
        dataset_card("synthesised_speech"), None, SynthesisedSpeechOptions.model_validate(given)
    )


@needs_piper
def test_the_plan_has_hashes_in_place_of_paths(tmp_path: Path) -> None:
    voice = write_voice(tmp_path / "hum.onnx")
    found = reader(voice)
    assert choices(found.options) == {"engine": "piper", "subjects": 24, "samples_per_arm": 1, "seed": 0}
    assert found.facts() == {
        "synthesiser": "Piper",
        "version": metadata.version("piper-tts"),
        "onnxruntime": metadata.version("onnxruntime"),
        "voices": [
            {
                "name": "hum",
                "sha256": sha256_file(voice),
                "config_sha256": sha256_file(tmp_path / "hum.onnx.json"),
            }
        ],
    }
    assert "have 1 speaker, and" in found.remarks[0]
    assert reader(write_voice(tmp_path / "many.onnx", speakers=6)).remarks == ()


@needs_piper
def test_speakers_are_those_of_the_voices_in_turn(tmp_path: Path) -> None:
    one = write_voice(tmp_path / "one.onnx", language="en-gb-x-rp")
    many = write_voice(tmp_path / "many.onnx", speakers=5)
    rows = reader(one, many).samples().to_pylist()
    assert list(dict.fromkeys(row["ctx.voice"].partition("#")[0] for row in rows)) == ["one", "many"]
    assert len({row["ctx.voice"] for row in rows}) == len({row["subject_id"] for row in rows}) == 6
    assert {(row["ctx.voice"] == "one", row["attr.accent"]) for row in rows} == {
        (True, "en-gb-x-rp"),
        (False, "en-us"),
    }
    assert {row["attr.sex"] for row in rows} == {None}  # no file says it
    few = reader(many, subjects=3).samples().to_pylist()
    assert len({row["subject_id"] for row in few}) == 3


@needs_piper
def test_a_manner_changes_pitch_range_rate_and_level_as_with_espeak(tmp_path: Path) -> None:
    found = reader(write_voice(tmp_path / "hum.onnx", speakers=4), subjects=1)
    rows = {row["label"]: row for row in found.samples().to_pylist() if row["ctx.words_kind"] == "neutral"}
    own_hz = F0_HZ + HZ_PER_SPEAKER * int(rows["neutral"]["ctx.voice"].partition("#")[2])
    said = {label: found.load(row) for label, row in rows.items()}
    lasts = {label: len(audio.waveform) for label, audio in said.items()}
    for label, manner in MANNERS.items():
        track = f0_track(said[label].waveform, said[label].sample_rate)
        semitones = 12 * np.log2(track.f0_hz[np.isfinite(track.f0_hz)] / own_hz)
        assert np.median(semitones) == pytest.approx((manner.delivery.pitch - 50) * 24 / 99, abs=0.3)
        assert semitones.std() == pytest.approx(1.2 * manner.delivery.pitch_range / 100, rel=0.1)
        level_db = 10 * np.log10(np.square(said[label].waveform, dtype=np.float64).mean())
        assert level_db == pytest.approx(-33.0 + manner.level_db, abs=0.01)
        assert lasts["neutral"] / lasts[label] == pytest.approx(manner.delivery.words_per_minute / 165, rel=0.01)


@needs_piper
def test_a_sample_sounds_the_same_in_every_process(tmp_path: Path) -> None:
    """The network draws noise, which is scaled to nothing."""
    found = reader(write_voice(tmp_path / "hum.onnx"), subjects=1)
    row = found.samples().to_pylist()[3]
    first = found.load(row).waveform
    piper_process().end()
    again = pickle.loads(pickle.dumps(found)).load(row).waveform  # another program, which draws other noise
    np.testing.assert_array_equal(first, again)
    assert 0.001 < np.abs(first).max() < 0.9


@needs_piper
def test_a_program_that_is_killed_is_started_again(tmp_path: Path) -> None:
    found = reader(write_voice(tmp_path / "hum.onnx"), subjects=1)
    row = found.samples().to_pylist()[0]
    first = found.load(row).waveform
    process = piper_process()
    os.kill(process._process.pid, signal.SIGKILL)
    with pytest.raises(Unscored, match="Piper's process ended") as raised:
        process.asked({"texts": []})
    assert raised.value.reason == "crashed"
    np.testing.assert_array_equal(found.load(row).waveform, first)


@needs_piper
def test_a_program_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = piper_process()
    os.kill(process._process.pid, signal.SIGSTOP)
    monkeypatch.setattr(processes, "TIMEOUT_S", 0.2)
    with pytest.raises(Unscored, match="Piper took over") as raised:
        process.asked({"texts": []})
    assert raised.value.reason == "timeout"
    assert not process.is_running


@needs_piper
def test_the_program_ends_with_whoever_started_it() -> None:
    script = (
        "from harness.datasets.simulated.piper_process import piper_process; import os\n"
        "process = piper_process(); process.asked({'texts': []})\n"
        "print(process._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    child = int(done.stdout)
    deadline = time.monotonic() + 20
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@needs_piper
def test_a_voice_that_is_swapped_after_the_plan_is_not_heard(tmp_path: Path) -> None:
    voice = write_voice(tmp_path / "hum.onnx")
    found = reader(voice, subjects=1)
    write_voice(voice, speakers=2)
    piper_process().end()  # a worker opens the file again
    with pytest.raises(Unscored, match="Piper failed"):
        found.load(found.samples().to_pylist()[0])


@needs_piper
@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"language": "de"}, r"speaks de, and the sentences are English\. Give a voice"),
        (
            {"phoneme_id_map": {"_": [0], "^": [1], "$": [2], " ": [3]}},
            "lacks phonemes that the English sentences",
        ),
        ({"phoneme_id_map": {"a": [0]}}, "lacks phonemes"),
        ({"num_speakers": 0}, "not the config of a Piper voice: num_speakers: Input should be greater"),
        ({"phoneme_type": "pinyin"}, "not the config of a Piper voice: phoneme_type"),
        ({"audio": {}}, r"not the config of a Piper voice: audio\.sample_rate: Field required"),
        ({"num_speakers": 3}, "Piper cannot speak with .*sid"),
        ({"espeak": {"voice": "en-nowhere"}}, "Piper cannot speak with"),
        ({"noise_floor": 0.1}, "does not say a sentence twice in the same way"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_a_voice_that_cannot_speak_english_is_refused_at_once(
    config: dict[str, object], said: str, tmp_path: Path
) -> None:
    voice = write_voice(tmp_path / "hum.onnx", **config)  # type: ignore[arg-type]
    with pytest.raises(HarnessError, match=f"synthesised_speech: .*{said}"):
        reader(voice)


@needs_piper
@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda voice: voice.unlink(), r"hum\.onnx cannot be read \(No such file.*NAME\.onnx\.json beside it"),
        (lambda voice: Path(f"{voice}.json").unlink(), r"hum\.onnx\.json cannot be read .*Copy it from where"),
        (lambda voice: Path(f"{voice}.json").write_text("{"), "not the config of a Piper voice: the file"),
        (
            lambda voice: voice.write_bytes(voice.read_bytes()[:500]),
            "Piper cannot speak with .*Copy the voice again",
        ),
        (lambda voice: voice.write_bytes(b""), "Piper cannot speak with"),
        (lambda voice: (voice.unlink(), voice.mkdir()), "not a regular file"),
    ],
    ids=["absent", "without its json", "broken json", "cut short", "empty", "a folder"],
)
def test_files_that_are_absent_or_damaged_are_named(damage: object, said: str, tmp_path: Path) -> None:
    voice = write_voice(tmp_path / "hum.onnx")
    damage(voice)  # type: ignore[operator]
    with pytest.raises(HarnessError, match=said):
        reader(voice)


@needs_piper
def test_voices_of_one_name_are_refused(tmp_path: Path) -> None:
    voices = [write_voice(tmp_path / folder / "hum.onnx") for folder in ("a", "b")]
    with pytest.raises(HarnessError, match="Two voices are called hum"):
        reader(*voices)


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr("harness.datasets.simulated.piper_engine.version", absent)
    with pytest.raises(HarnessError, match=r"pip install 'emotion-harness\[piper\]'\. Or leave engine out"):
        reader(tmp_path / "hum.onnx")


def test_a_voice_is_needed_and_is_pipers() -> None:
    with pytest.raises(HarnessError, match=r"needs a voice: give dataset\.voices=\[PATH/NAME\.onnx\]"):
        reader()
    with pytest.raises(ValidationError, match="voices are files of Piper: say engine=piper"):
        SynthesisedSpeechOptions.model_validate({"voices": ["hum.onnx"]})
