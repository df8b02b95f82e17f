"""How sure copies are told from other recordings, and how long 100,000 fingerprints take.

    python benchmarks/near_duplicates.py [--data DIR]

Every recording of simulated and (with ``--data``, their folder) real datasets is compared with every other: what
reaches the threshold without being a copy is a false alarm. Then every third is changed as copies are, and looked
for.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import librosa
import numpy as np
import soundfile

from harness.checks.near_duplicates import MIN_COSINE, TIMED
from harness.checks.near_pairs import MAX_STRETCH, near_pairs
from harness.errors import Unscored
from harness.probing.fingerprints import of_audio, of_image, of_signal
from harness.signals.media import Audio, Channel, Image, Recording
from harness.study.assembly import open_reader

RNG = np.random.default_rng(0)
REAL = {"facial_expressions": "image", "ravdess": "audio", "stress_predict": "signal"}
SIMULATED = {"simulated_faces": "image", "simulated_voices": "audio", "simulated_wearables": "signal"}
FINGERPRINTS: dict[str, Callable[[Any], Any]] = {"image": of_image, "audio": of_audio, "signal": of_signal}


def picture(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Image], Image]:
    return lambda image: Image(np.clip(np.ascontiguousarray(change(image.pixels)), 0, 255).astype(np.uint8))


def sound(change: Callable[[np.ndarray, int], np.ndarray]) -> Callable[[Audio], Audio]:
    return lambda audio: replace(
        audio, waveform=np.asarray(change(audio.waveform, audio.sample_rate), dtype=np.float32)
    )


def signal(change: Callable[[Channel], Channel]) -> Callable[[Recording], Recording]:
    return lambda window: replace(window, channels={k: change(c) for k, c in window.channels.items()})


def jpeg(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], 1))


def cropped(pixels: np.ndarray, share: float) -> np.ndarray:
    height, width = pixels.shape[:2]
    top, left = int(height * share), int(width * share)
    return pixels[top : height - top, left : width - left]


def mp3(waveform: np.ndarray, rate: int) -> np.ndarray:
    file = io.BytesIO()
    soundfile.write(file, waveform, rate, format="MP3")
    file.seek(0)
    return np.asarray(soundfile.read(file)[0])


def trimmed(waveform: np.ndarray, rate: int, decibel: float) -> np.ndarray:
    frame = round(0.02 * rate)
    whole = waveform[: len(waveform) // frame * frame].reshape(-1, frame)
    energy = np.square(whole, dtype=np.float64).mean(1)
    loud = np.flatnonzero(energy >= energy.max() * 10 ** (-decibel / 10))
    return waveform[loud[0] * frame : (loud[-1] + 1) * frame]


def noisy(values: np.ndarray, share: float) -> np.ndarray:
    return values + RNG.normal(0, share * np.nanstd(values), values.shape)


def resampled(audio: Audio, rate: int) -> Audio:
    return Audio(librosa.resample(audio.waveform, orig_sr=audio.sample_rate, target_sr=rate), rate)


def half_rate(channel: Channel) -> Channel:
    even = channel.values[: len(channel.values) // 2 * 2]
    return Channel(even.reshape(-1, 2, *even.shape[1:]).mean(axis=1), channel.rate_hz / 2)


COPIES: dict[str, dict[str, Callable[[Any], Any]]] = {
    "image": {
        "JPEG, quality 30": picture(jpeg),
        "half the size": picture(lambda p: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)),
        "1.7 times the size": picture(lambda p: cv2.resize(p, None, fx=1.7, fy=1.7)),
        "brighter by 40 of 255": picture(lambda p: p.astype(int) + 40),
        "gamma 1.5": picture(lambda p: 255 * (p / 255.0) ** 1.5),
        "noise of 10 of 255": picture(lambda p: p + RNG.normal(0, 10, p.shape)),
        "cropped by 1 % on each side": picture(lambda p: cropped(p, 0.01)),
        "cropped by 3 % on each side": picture(lambda p: cropped(p, 0.03)),
    },
    "audio": {
        "a fifth as loud": sound(lambda w, _: w * 0.2),
        "twice as loud, clipped": sound(lambda w, _: np.clip(2 * w, -1, 1)),
        "at 8 kHz": lambda audio: resampled(audio, 8_000),
        "at 22.05 kHz": lambda audio: resampled(audio, 22_050),
        "MP3": sound(mp3),
        "noise at 20 dB": sound(lambda w, _: noisy(w, 0.1)),
        "start cut by 20 ms": sound(lambda w, rate: w[round(0.02 * rate) :]),
        "end cut by 20 ms": sound(lambda w, rate: w[: -round(0.02 * rate)]),
        "start cut by 50 ms": sound(lambda w, rate: w[round(0.05 * rate) :]),
        "silence trimmed at 40 dB under the loudest": sound(lambda w, rate: trimmed(w, rate, 40)),
        "silence trimmed at 25 dB": sound(lambda w, rate: trimmed(w, rate, 25)),
        "half a second of silence before": sound(lambda w, rate: np.concatenate([np.zeros(rate // 2), w])),
    },
    "signal": {
        "other gain and offset": signal(lambda c: replace(c, values=1.7 * c.values + 3)),
        "noise of a tenth": signal(lambda c: replace(c, values=noisy(c.values, 0.1))),
        "half the rate": signal(half_rate),
        "rounded to 0.01": signal(lambda c: replace(c, values=c.values.round(2))),
        "5 % of frames missing": signal(
            lambda c: replace(c, values=np.where(RNG.random(c.values.shape) < 0.05, np.nan, c.values))
        ),
    },
}


def loaded(name: str, root: Path | None) -> Iterator[tuple[str, Any]]:
    reader = open_reader(name, root, {})
    for row in reader.samples().to_pylist():
        try:
            yield row["subject_id"], reader.load(row)
        except Unscored:
            continue


def seconds(media: Any) -> float:
    if isinstance(media, Audio):
        return len(media.waveform) / media.sample_rate
    return float("nan") if isinstance(media, Image) else float(media.duration_s)


def unit(fingerprint: Any) -> np.ndarray:
    values = np.zeros(256) if fingerprint is None else np.asarray(fingerprint, dtype=np.float64)
    return values / max(1e-9, float(np.linalg.norm(values)))


def measure(name: str, kind: str, root: Path | None) -> None:
    subjects, media = zip(*loaded(name, root), strict=True)
    fingerprint, threshold = FINGERPRINTS[kind], MIN_COSINE[kind]
    units = np.stack([unit(fingerprint(one)) for one in media])
    left, right = np.triu_indices(len(units), 1)
    cosine = (units @ units.T)[left, right]
    length = np.array([seconds(one) if kind in TIMED else np.nan for one in media])
    stretched = np.abs(length[left] - length[right]) > MAX_STRETCH * np.maximum(length[left], length[right])
    cosine[stretched] = -1.0
    same = np.array(subjects)[left] == np.array(subjects)[right]
    print(f"\n### {name}: {len(media):,} recordings, threshold {threshold}\n")
    print("| pairs | number | most alike (cosine) | at or over the threshold |\n|---|---|---|---|")
    for text, chosen in (("of one subject", same), ("of two subjects", ~same)):
        most = ", ".join(f"{value:.3f}" for value in np.sort(cosine[chosen])[::-1][:3])
        print(f"| {text} | {chosen.sum():,} | {most} | {(cosine[chosen] >= threshold).sum()} |")
    print("\n| copy | found | median cosine |\n|---|---|---|")
    for text, change in COPIES[kind].items():
        alike = np.array([unit(fingerprint(change(media[i]))) @ units[i] for i in range(0, len(media), 3)])
        print(f"| {text} | {np.mean(alike >= threshold):.1%} | {np.median(alike):.3f} |")


def speed() -> None:
    print("\n### 100,000 fingerprints\n\n| what they are | seconds | with a copy |\n|---|---|---|")
    num = 100_000
    for text, common in (("all different", 0.0), ("half alike", 1.0), ("all copies of one", 20.0)):
        values = RNG.normal(size=256) * common + RNG.normal(size=(num, 256))
        prints = np.clip(np.round(40 * values / max(1.0, common)), -120, 120).astype(np.int8)
        begin = time.perf_counter()
        near = near_pairs(prints, RNG.integers(0, num // 10, num), np.full(num, np.nan), MIN_COSINE["image"])
        print(f"| {text} | {time.perf_counter() - begin:.1f} | {int((near.across | near.within).sum()):,} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the folder of the real datasets")
    parser.add_argument("--kind", choices=[*FINGERPRINTS], help="only recordings of this kind")
    arguments = parser.parse_args()
    print("# Near duplicates: false alarms and copies found\n\nMade by `benchmarks/near_duplicates.py`.")
    for name, kind in {**(REAL if arguments.data else {}), **SIMULATED}.items():
        if arguments.kind in (None, kind):
            measure(name, kind, arguments.data / name if name in REAL else None)
    if arguments.kind is None:
        speed()


if __name__ == "__main__":
    main()
