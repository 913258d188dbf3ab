"""Keeps the sum of several voices below full scale, without a click and without sounding squeezed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

# The gain is a line between points 5 ms apart; the next point is known before the line to it is drawn.
STEP: Final = 240
# Opus may come out a little louder than what went in.
CEILING: Final = 0.84
# The gain stays down for a tenth of a second, longer than two voices beat, or it would hum with them; then it rises
# ten times in half a second.
HOLD_STEPS: Final = 20
RELEASE: Final = 1.02
# So little above the gain counts as still too loud.
_NEAR: Final = 1.05
_RAMP: NDArray[np.float64] = (np.arange(STEP) / STEP)[None, :]


class Limiter:
    """Takes sound in blocks of whole steps and gives it back one step later."""

    def __init__(self) -> None:
        self._held = np.zeros((0, STEP), dtype=np.float32)
        self._gain = 1.0
        self._calm = HOLD_STEPS

    def limit(self, block: Sound) -> Sound:
        """Return what was held and the block but for its last step."""
        steps = np.concatenate([self._held, block.reshape(-1, STEP)])
        self._held = steps[-1:].copy()
        return self._shape(steps)

    def rest(self) -> Sound:
        """Return the last step, after which there is nothing."""
        steps = np.concatenate([self._held, np.zeros((1, STEP), dtype=np.float32)])
        return self._shape(steps) if len(self._held) else np.zeros(0, dtype=np.float32)

    def _shape(self, steps: Sound) -> Sound:
        peaks = np.abs(steps).max(axis=1)
        wanted = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))
        if self._gain >= 1.0 and wanted.min() >= 1.0:
            return steps[:-1].reshape(-1)
        points = self._points(wanted)
        gain = points[:-1, None] + np.diff(points)[:, None] * _RAMP
        shaped: Sound = (steps[:-1] * gain).astype(np.float32).reshape(-1)
        return shaped

    def _points(self, wanted: NDArray[Any]) -> NDArray[np.float64]:
        """Return the gain at each border of steps: what the louder neighbour needs, held, then slowly rising."""
        lower = np.minimum(wanted[:-1], wanted[1:])
        # The very first step has no border before it at which its own need was looked at.
        points = [min(self._gain, float(wanted[0]))]
        for need in lower.tolist():
            self._calm = 0 if need < min(1.0, points[-1] * _NEAR) else self._calm + 1
            points.append(min(need, points[-1] * (RELEASE if self._calm > HOLD_STEPS else 1.0)))
        self._gain = points[-1]
        return np.array(points)
