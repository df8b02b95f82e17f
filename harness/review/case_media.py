"""The medium of one case as files that a browser shows: pictures, sound, or curves of what sensors recorded.

Media are decoded by the dataset's reader, so that people see and hear what the system was given, and neither the
name nor the format of a file says what it shows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from markupsafe import escape

from harness.arrays import Floats
from harness.signals.encoded import encoded
from harness.signals.media import Audio, Image, Media, Recording, Video

MAX_FRAMES = 8
"""Of a film, evenly spaced."""

WIDTH, HEIGHT = 600.0, 90.0
"""Of a curve, in pixels of the drawing."""


def shown_files(media: Media) -> Iterator[tuple[str, bytes]]:
    """The parts of a medium: (ending, bytes), with the endings ``png``, ``wav`` and ``svg``."""
    if isinstance(media, Image):
        yield "png", encoded(media, "png").data
    elif isinstance(media, Audio):
        yield "wav", encoded(media, "wav").data
    elif isinstance(media, Video):
        for index in np.unique(np.linspace(0, len(media.frames) - 1, MAX_FRAMES).round().astype(int)):
            yield "png", encoded(Image(media.frames[index]), "png").data
        if media.audio is not None:
            yield "wav", encoded(media.audio, "wav").data
    else:
        yield from (("svg", data) for data in _curves(media))


def _curves(recording: Recording) -> Iterator[bytes]:
    for name, channel in recording.channels.items():
        unit = f" ({channel.unit})" if channel.unit else ""
        columns = channel.values.reshape(len(channel.values), -1).T
        time_s = channel.start_s + np.arange(len(channel.values)) / channel.rate_hz
        yield _drawing(f"{name}{unit}", [(time_s, values) for values in columns], recording.duration_s)
    if recording.beats is not None:
        beats = recording.beats
        yield _drawing(
            "intervals between heartbeats (ms)", [(beats.time_s, beats.interval_ms)], recording.duration_s
        )


def _drawing(title: str, curves: list[tuple[Floats, Floats]], duration_s: float) -> bytes:
    """One SVG file with a curve for each axis; NaN leaves a gap."""
    finite = np.concatenate([values[np.isfinite(values)] for _, values in curves])
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    span = (high - low) or 1.0
    paths = [
        _path(time_s / max(duration_s, 1e-9) * WIDTH, HEIGHT - 4 - (values - low) / span * (HEIGHT - 8))
        for time_s, values in curves
    ]
    lines = "".join(f'<path d="{path}" fill="none" stroke="#1f6feb" stroke-width="1"/>' for path in paths)
    text = escape(f"{title}, {low:.3g} to {high:.3g}, {duration_s:.0f} s")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -18 {WIDTH:g} {HEIGHT + 18:g}" role="img">'
        f"<title>{text}</title>"
        f'<text x="0" y="-5" font-family="sans-serif" font-size="12">{text}</text>{lines}</svg>'
    )
    return svg.encode()


def _path(x: Floats, y: Floats) -> str:
    """Move where a value is missing before, draw otherwise; no more points than can be told apart."""
    step = max(1, len(x) // 2000)
    commands, drawing = [], False
    for at, value in zip(x[::step].tolist(), y[::step].tolist(), strict=True):
        known = np.isfinite(value)
        if known:
            commands.append(f"{'L' if drawing else 'M'}{at:.1f} {value:.1f}")
        drawing = bool(known)
    return "".join(commands)
