"""The facial expression of an emotion, in action units of the Facial Action Coding System (FACS).

Prototypes after Ekman, Friesen & Hager: Facial Action Coding System, Investigator's Guide (2002), table of emotion
predictions. A prototype has variants, of which each sample shows one: people frown with a closed mouth or with
bared teeth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

EXPRESSION_JITTER = 0.12
"""Each action of a sample varies by this share (standard deviation) around its prototype."""

EXAGGERATION = 1.4
"""Expressions at full strength are shown this much stronger than the prototypes, as actors do."""


@dataclass(frozen=True, kw_only=True)
class Actions:
    """Action units, 0 (relaxed) to 1 (strong) and up to `EXAGGERATION`; the numbers are those of FACS."""

    inner_brow_raiser_1: float = 0.0
    outer_brow_raiser_2: float = 0.0
    brow_lowerer_4: float = 0.0
    upper_lid_raiser_5: float = 0.0
    cheek_raiser_6: float = 0.0
    lid_tightener_7: float = 0.0
    nose_wrinkler_9: float = 0.0
    upper_lip_raiser_10: float = 0.0
    nasolabial_deepener_11: float = 0.0
    lip_corner_puller_12: float = 0.0
    lip_corner_depressor_15: float = 0.0
    chin_raiser_17: float = 0.0
    lip_stretcher_20: float = 0.0
    lip_tightener_23: float = 0.0
    lips_part_25: float = 0.0
    jaw_drop_26: float = 0.0
    lid_droop_43: float = 0.0


PROTOTYPES: Mapping[str, tuple[Actions, ...]] = {
    "anger": (
        Actions(
            brow_lowerer_4=1.0,
            upper_lid_raiser_5=0.2,
            lid_tightener_7=0.7,
            lip_corner_depressor_15=0.5,
            chin_raiser_17=0.8,
            lip_tightener_23=0.9,
        ),
        Actions(
            brow_lowerer_4=1.0,
            upper_lid_raiser_5=0.3,
            lid_tightener_7=0.6,
            upper_lip_raiser_10=0.6,
            nasolabial_deepener_11=0.4,
            lip_tightener_23=0.3,
            lips_part_25=0.9,
            jaw_drop_26=0.4,
        ),
    ),
    "disgust": (
        Actions(
            brow_lowerer_4=0.4,
            cheek_raiser_6=0.7,
            lid_tightener_7=0.8,
            nose_wrinkler_9=1.0,
            upper_lip_raiser_10=1.0,
            nasolabial_deepener_11=1.0,
            lip_corner_depressor_15=0.2,
            chin_raiser_17=0.5,
            lips_part_25=0.3,
        ),
        Actions(
            brow_lowerer_4=0.5,
            cheek_raiser_6=0.7,
            lid_tightener_7=0.9,
            nose_wrinkler_9=1.0,
            upper_lip_raiser_10=1.0,
            nasolabial_deepener_11=1.0,
            lips_part_25=0.9,
            jaw_drop_26=0.25,
        ),
    ),
    "fear": (
        Actions(
            inner_brow_raiser_1=1.0,
            outer_brow_raiser_2=0.3,
            brow_lowerer_4=0.6,
            upper_lid_raiser_5=0.7,
            lip_stretcher_20=1.0,
            lips_part_25=0.7,
        ),
        Actions(
            inner_brow_raiser_1=1.0,
            outer_brow_raiser_2=0.3,
            brow_lowerer_4=0.7,
            upper_lid_raiser_5=0.7,
            lip_stretcher_20=1.0,
            lips_part_25=1.0,
            jaw_drop_26=0.4,
        ),
    ),
    "happiness": (
        Actions(cheek_raiser_6=0.7, nasolabial_deepener_11=0.4, lip_corner_puller_12=1.0, lips_part_25=0.8),
        Actions(cheek_raiser_6=0.8, nasolabial_deepener_11=0.5, lip_corner_puller_12=1.0),
        Actions(cheek_raiser_6=1.0, lip_corner_puller_12=1.0, lips_part_25=1.0, jaw_drop_26=0.3),
    ),
    "sadness": (
        Actions(
            inner_brow_raiser_1=1.0,
            brow_lowerer_4=0.5,
            lip_corner_depressor_15=1.0,
            chin_raiser_17=0.7,
            lid_droop_43=0.8,
        ),
        Actions(
            inner_brow_raiser_1=1.0,
            brow_lowerer_4=0.6,
            cheek_raiser_6=0.4,
            nasolabial_deepener_11=0.6,
            lip_corner_depressor_15=1.0,
            lid_droop_43=0.8,
        ),
    ),
    "surprise": (
        Actions(
            inner_brow_raiser_1=1.0,
            outer_brow_raiser_2=1.0,
            upper_lid_raiser_5=1.0,
            lips_part_25=0.6,
            jaw_drop_26=1.0,
        ),
        Actions(
            inner_brow_raiser_1=0.9,
            outer_brow_raiser_2=1.0,
            upper_lid_raiser_5=1.0,
            lips_part_25=0.5,
            jaw_drop_26=0.7,
        ),
    ),
    "neutral": (Actions(),),
}

FACE_LABELS = tuple(PROTOTYPES)


def actions_of(label: str, strength: float, rng: np.random.Generator) -> Actions:
    """One expression of an emotion, of strength 0 (invisible) to 1; the random draws are the same for all."""
    choice, noise = rng.random(), rng.standard_normal(len(fields(Actions)))
    variants = PROTOTYPES[label]
    prototype = variants[int(choice * len(variants))]
    gains = EXAGGERATION * strength * (1.0 + EXPRESSION_JITTER * noise)
    values = {
        field.name: float(np.clip(gain * getattr(prototype, field.name), 0.0, EXAGGERATION))
        for field, gain in zip(fields(Actions), gains, strict=True)
    }
    return Actions(**values)
