"""Makes one replay of what the relays wrote of each speaker. Pure: files in, a file out, no Django."""

from __future__ import annotations

from media.mixing.mix import Mixed, NothingRecordedError, mix

__all__ = ["Mixed", "NothingRecordedError", "mix"]
