"""The best path through candidates (Viterbi) in few large steps, for a device on which every call takes time.

The ordinary recursion takes some calls for every moment. Steps between moments can be composed (scores are added
and maximised; pointers are followed). That is associative, so all moments are reached by composing neighbours in
pairs, again and again: the number of calls grows with the logarithm of the length (a prefix scan; Blelloch,
"Prefix sums and their applications", CMU-CS-90-190, 1990). Numbers are added in another order, so the path is
another one only where two paths are equally strong up to rounding.

Shapes: B clips, T moments, K candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch

Combine = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Steps(NamedTuple):
    """How steps act; both work on any number of steps at once.

    Attributes:
        after: state before, of shape (B, T, …), and step → state after it.
        composed: a step and the one that follows it → both as one step.
    """

    after: Combine
    composed: Combine


def best_states(strength_BTK: torch.Tensor, cost_BTKK: torch.Tensor, exists_BT: torch.Tensor) -> torch.Tensor:
    """The candidates of the path with the greatest total strength less its costs, int64, shape (B, T).

    Args:
        strength_BTK: -inf where there is no candidate.
        cost_BTKK: from each candidate of a moment to each of the next, shape (B, T - 1, K, K).
        exists_BT: False after the end of a clip, where the candidate of its last moment is repeated.
    """
    num_candidates = strength_BTK.shape[2]
    stay = torch.arange(num_candidates, device=strength_BTK.device)
    nothing = torch.where(stay[:, None] == stay, 0.0, -torch.inf).to(strength_BTK)
    gain_BTKK = torch.where(exists_BT[:, 1:, None, None], strength_BTK[:, 1:, None, :] - cost_BTKK, nothing)
    score_BTK = torch.cat([strength_BTK[:, :1], _scan(strength_BTK[:, 0], gain_BTKK, SCORES)], dim=1)
    pointer_BTK = (score_BTK[:, :-1, :, None] - cost_BTKK).argmax(dim=2)
    pointer_BTK = torch.where(exists_BT[:, 1:, None], pointer_BTK, stay)
    last_B = score_BTK[:, -1].argmax(dim=1)
    before_BT = _scan(last_B, pointer_BTK.flip(1), POINTERS).flip(1)
    return torch.cat([before_BT, last_B[:, None]], dim=1)


def _scan(start: torch.Tensor, steps: torch.Tensor, kind: Steps) -> torch.Tensor:
    """The state after every step.

    Args:
        start: the state before the first, shape (B, …).
        steps: shape (B, T, …).
        kind: how they act.
    """
    num_steps = steps.shape[1]
    if num_steps == 0:
        return start[:, None][:, :0]
    if num_steps == 1:
        return kind.after(start[:, None], steps)
    firsts, seconds = steps[:, 0::2], steps[:, 1::2]
    num_pairs = seconds.shape[1]
    after_seconds = _scan(start, kind.composed(firsts[:, :num_pairs], seconds), kind)
    before_firsts = torch.cat([start[:, None], after_seconds], dim=1)[:, : firsts.shape[1]]
    after = start.new_empty((start.shape[0], num_steps, *start.shape[1:]))
    after[:, 0::2] = kind.after(before_firsts, firsts)
    after[:, 1::2] = after_seconds
    return after


SCORES = Steps(
    after=lambda score, gain: (score[..., None] + gain).amax(dim=-2),
    composed=lambda gain, following: (gain[..., None] + following[..., None, :, :]).amax(dim=-2),
)
"""States are the best scores of paths to each candidate; a step is what every move to the next moment gains."""

POINTERS = Steps(
    after=lambda state, pointer: pointer.gather(-1, state[..., None])[..., 0],
    composed=lambda pointer, following: following.gather(-1, pointer),
)
"""States are candidates; a step says of each where the path goes on."""
