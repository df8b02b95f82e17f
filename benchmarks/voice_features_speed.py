"""How many seconds of speech are described in a second, beside librosa in the same run, on one thread.

    OMP_NUM_THREADS=1 python benchmarks/voice_features_speed.py [--clips FOLDER] [--num-clips 32] [--device cuda]

Clips are WAV files at 16 kHz below a folder, or simulated voices. Two lines of work are compared:

- spectrum and cepstrum: MFCC, centroid, rolloff and flatness per frame. librosa computes in float32, ours in
  float64, and ours adds flux, band ratios and slopes.
- F0: librosa's pYIN is its method with a voicing decision, as ours has; `librosa.yin` decides nothing.

Then all of `harness.signals.voice.describe`: both of these, timing, and the functionals; and where it is
installed, openSMILE's eGeMAPSv02 functionals of the same clips.

On a GPU time goes to telling it what to do. So the calls of torch are counted for a batch, clip by clip as on the
processor, and at once as on a GPU; and where there is one, the time by the clock is measured with batches on it.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import librosa
import numpy as np
import numpy.typing as npt
import soundfile as sf
import torch
from figures import take_down
from threadpoolctl import threadpool_limits
from torch.profiler import ProfilerActivity, profile

from harness.cards.facts import dataset_card
from harness.datasets.simulated.voices import SimulatedVoicesOptions, SimulatedVoicesReader
from harness.signals import pitch, voice, voice_frames
from harness.signals.voice_frames import FRAME, HOP, SAMPLE_RATE

Clips = Sequence[npt.NDArray[np.float32]]
OPENSMILE = "everything with functionals, openSMILE"
BATCH = 16
GPU_BATCH = 32
RANGE = {"fmin": pitch.FLOOR_HZ, "fmax": pitch.CEILING_HZ, "sr": SAMPLE_RATE, "hop_length": HOP}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, help="folder of WAV files at 16 kHz")
    parser.add_argument("--num-clips", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", help="a GPU to measure as well, such as cuda")
    arguments = parser.parse_args()
    clips = read(arguments.clips, arguments.num_clips) if arguments.clips else speak(arguments.num_clips)
    speech_s = sum(map(len, clips)) / SAMPLE_RATE
    print(f"{len(clips)} clips, {speech_s:.1f} s of speech, one thread of {platform.processor() or 'one CPU'}")
    torch.set_num_threads(1)
    lines: dict[str, Callable[[Clips], None]] = {
        "spectrum and cepstrum, ours": our_spectrum,
        "spectrum and cepstrum, librosa": librosa_spectrum,
        "F0, ours": our_f0,
        "F0, librosa.yin": librosa_yin,
        "F0, librosa.pyin": librosa_pyin,
        "everything with functionals, ours": describe,
    }
    if find_spec("opensmile"):
        lines[OPENSMILE] = opensmile_functionals()
    else:
        print("opensmile is not installed: no such peer in this run.")
    found = {}
    with threadpool_limits(limits=1):
        for name, work in lines.items():
            found[name] = measure(work, clips, arguments.repeats)
            print(
                f"{name:36} {1000 * found[name] / len(clips):9.2f} ms per clip "
                f"{speech_s / found[name]:8.0f} x real time"
            )
    ours, librosas = (1000 * found[f"spectrum and cepstrum, {of}"] / len(clips) for of in ("ours", "librosa"))
    take_down("spectrum, ms / clip", ours, "librosa", librosas)
    if OPENSMILE in found:
        times = found[OPENSMILE] / found["everything with functionals, ours"]
        take_down("voice features, times as fast as openSMILE", times, "openSMILE eGeMAPSv02", 1.0)
    count_calls(clips[:GPU_BATCH])
    if arguments.device:
        measure_gpu(clips, arguments.device, arguments.repeats)


def measure(work: Callable[[Clips], None], clips: Clips, repeats: int) -> float:
    """Processor time, median over repeats after a warm-up: other work on the machine does not count."""
    work(clips[:2])
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work(clips)
        taken.append(time.process_time() - start)
    return statistics.median(taken)


def count_calls(clips: Clips) -> None:
    """What torch is told to do for the first clip alone, and for all of them."""
    num = {}
    for at_once in (False, True):
        for some in (clips[:1], clips):
            with profile(activities=[ProfilerActivity.CPU]) as profiled:
                voice.describe(some, at_once=at_once)
            num[at_once, len(some)] = sum(event.name.startswith("aten::") for event in profiled.events())
    for (at_once, num_clips), calls in num.items():
        how = "at once" if at_once else "clip by clip"
        print(f"calls of torch, {num_clips} clips {how}: {calls:,}")
    take_down(
        "voice features, calls of torch / batch", num[True, len(clips)], "clip by clip", num[False, len(clips)]
    )


def measure_gpu(clips: Clips, device: str, repeats: int) -> None:
    """Milliseconds a clip by the clock, answers fetched, at once and clip by clip."""
    took = {}
    for at_once in (True, False):
        voice.describe(clips[:GPU_BATCH], device=device, at_once=at_once)
        turns = []
        for _ in range(repeats):
            start = time.perf_counter()
            for first in range(0, len(clips), GPU_BATCH):
                voice.describe(clips[first : first + GPU_BATCH], device=device, at_once=at_once)
            turns.append(time.perf_counter() - start)
        took[at_once] = 1000 * statistics.median(turns) / len(clips)
        print(f"on {device}, {'at once' if at_once else 'clip by clip'}: {took[at_once]:.3f} ms per clip")
    take_down("voice features on a GPU, ms / clip", took[True], "clip by clip", took[False])


def read(folder: Path, num_clips: int) -> Clips:
    files = sorted(folder.rglob("*.wav"))
    return [sf.read(file, dtype="float32")[0] for file in files[:: max(1, len(files) // num_clips)][:num_clips]]


def speak(num_clips: int) -> Clips:
    reader = SimulatedVoicesReader(dataset_card("simulated_voices"), None, SimulatedVoicesOptions())
    return [reader.load(row).waveform for row in reader.samples().to_pylist()[:num_clips]]


def our_spectrum(clips: Clips) -> None:
    for clip in clips:
        voice_frames.describe(torch.from_numpy(clip).double())


def librosa_spectrum(clips: Clips) -> None:
    for clip in clips:
        magnitude = np.abs(librosa.stft(clip, n_fft=512, hop_length=HOP, win_length=400, center=False))
        mel = librosa.feature.melspectrogram(S=magnitude**2, sr=SAMPLE_RATE, n_mels=40)
        librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=20)
        librosa.feature.spectral_centroid(S=magnitude, sr=SAMPLE_RATE, n_fft=512)
        librosa.feature.spectral_rolloff(S=magnitude, sr=SAMPLE_RATE, n_fft=512)
        librosa.feature.spectral_flatness(S=magnitude)


def our_f0(clips: Clips) -> None:
    for start in range(0, len(clips), BATCH):
        frames = [voice_frames.frames(torch.from_numpy(clip).double()) for clip in clips[start : start + BATCH]]
        found = [pitch.candidates_of_clip(part, part.abs().amax(), SAMPLE_RATE) for part in frames]
        lengths = torch.tensor([len(part) for part in frames])
        is_frame = torch.arange(int(lengths.max())) < lengths[:, None]
        pitch.best_path(pitch.concatenate(found), is_frame, voice.HOP_S)


def librosa_yin(clips: Clips) -> None:
    for clip in clips:
        librosa.yin(clip, frame_length=FRAME, **RANGE)


def librosa_pyin(clips: Clips) -> None:
    for clip in clips:
        librosa.pyin(clip, frame_length=1024, **RANGE)


def opensmile_functionals() -> Callable[[Clips], None]:
    import opensmile

    smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.Functionals)

    def work(clips: Clips) -> None:
        for clip in clips:
            smile.process_signal(clip, SAMPLE_RATE)

    return work


def describe(clips: Clips) -> None:
    for start in range(0, len(clips), BATCH):
        voice.describe(clips[start : start + BATCH])


if __name__ == "__main__":
    main()
