"""Make the demo's clips anew: `python -m tests.tools.demo_sounds`, into config/embedded/sounds.

The texts are ours. eSpeak NG 1.51 (GPL 3 or later; `apt-get install espeak-ng`) reads them out; its licence covers the
program and its data, not what it says.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

SOUNDS = Path(__file__).resolve().parents[2] / "config" / "embedded" / "sounds"
RATE = 48_000
BITS_PER_SECOND = 14_000
# The loudest sample of each clip, of 32,767: synthetic voices differ a lot.
PEAK = 20_000
NO_ESPEAK = "This needs eSpeak NG: sudo apt-get install espeak-ng."


class Voice(NamedTuple):
    """How eSpeak NG speaks: voice and variant, words a minute, pitch from 0 to 99."""

    name: str
    speed: int
    pitch: int


ELISE = Voice("fr+f2", 150, 55)
BASTIEN = Voice("fr+m3", 145, 35)
NORA = Voice("en-gb+f4", 150, 50)
WALTER = Voice("en-gb-scotland+m1", 140, 30)
HAZEL = Voice("en-us+f3", 150, 60)
NED = Voice("en-us+m7", 145, 40)

CLIPS: dict[str, tuple[Voice, str]] = {
    "city-1": (
        ELISE,
        (
            "Bonsoir à toutes et à tous. Vous entendez une voix de synthèse, qui tient le salon en attendant la vôtre. "
            "Chez moi, à trois heures du matin, il n'y a plus qu'une fenêtre allumée : celle du boulanger."
        ),
    ),
    "city-2": (
        BASTIEN,
        (
            "Chez nous, c'est le dépôt des bus. Le premier conducteur arrive à quatre heures, met le café en route, "
            "et toute la cour sent le pain grillé avant même que les moteurs démarrent."
        ),
    ),
    "city-3": (
        ELISE,
        (
            "J'aime ce moment où la ville appartient à ceux qui travaillent. On se salue sans se connaître, "
            "et on se raconte en deux phrases une nuit entière."
        ),
    ),
    "city-4": (
        BASTIEN,
        (
            "Alors racontez la vôtre. Levez la main, et l'hôte vous donnera la parole. "
            "Et si vous préférez écouter, restez : la nuit est encore longue."
        ),
    ),
    "songs-1": (
        NORA,
        (
            "Welcome in. You are hearing a synthetic voice, keeping the room warm until yours comes along. "
            "My winter song is one my neighbour hums on the stairs. I still do not know its name."
        ),
    ),
    "songs-2": (
        WALTER,
        (
            "Mine came over the radio of a small ferry, in the dark, with the heater broken. "
            "Nobody talked. When it ended, the captain played it again, and we all pretended not to notice."
        ),
    ),
    "songs-3": (
        NORA,
        (
            "That is what I mean. A song keeps the place where you first heard it. "
            "Two notes, and I am back on those stairs with my shopping and cold hands."
        ),
    ),
    "songs-4": (
        WALTER,
        (
            "So bring yours. Raise your hand, and the host will let you up. "
            "And if you would rather just listen, that is a fine way to spend an evening."
        ),
    ),
    "garden-1": (
        HAZEL,
        (
            "Hello, gardeners. You are hearing a synthetic voice, which has never touched soil, so please be kind. "
            "My first mistake was love. I watered the tomatoes every single day until they swam."
        ),
    ),
    "garden-2": (
        NED,
        (
            "Mine was shade. I put four pots in the prettiest corner of the balcony, "
            "and it took me until July to see that the sun never goes there. The mint was happy. Nothing else was."
        ),
    ),
    "garden-3": (
        HAZEL,
        (
            "Mint is always happy. Mint does not count. "
            "Tell me about the seeds, though. Did you also plant the whole packet, because it looked so small?"
        ),
    ),
    "garden-4": (
        NED,
        (
            "All two hundred of them. We had lettuce until October, and so did the whole street. "
            "If you have done worse, raise your hand and tell us how."
        ),
    ),
}


def make(name: str, voice: Voice, text: str) -> int:
    """Write one clip and return its size in bytes."""
    with tempfile.TemporaryDirectory(prefix="causerie-sounds-") as folder:
        spoken = Path(folder) / "spoken.wav"
        command = ["espeak-ng", "-v", voice.name, "-s", str(voice.speed), "-p", str(voice.pitch), "-w", str(spoken)]
        subprocess.run([*command, text], check=True)
        target = SOUNDS / f"{name}.opus"
        encode(samples_of(spoken), target)
    return target.stat().st_size


def samples_of(path: Path) -> np.ndarray:
    """Return a file's sound as 16-bit samples, 48,000 a second, its loudest at PEAK."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(path)) as source:
        heard = [resampler.resample(frame) for frame in source.decode(audio=0)]
    frames = [frame for batch in [*heard, resampler.resample(None)] for frame in batch]
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float64)
    scaled: np.ndarray = (samples * (PEAK / np.abs(samples).max())).astype(np.int16)
    return scaled


def encode(samples: np.ndarray, target: Path) -> None:
    """Write the samples as Opus in Ogg."""
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = RATE
    frame.pts = 0
    with av.open(str(target), "w", format="ogg") as sink:
        stream = sink.add_stream("libopus", rate=RATE, layout="mono", options={"application": "voip"})
        stream.bit_rate = BITS_PER_SECOND
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            sink.mux(packet)


def main() -> int:
    SOUNDS.mkdir(exist_ok=True)
    try:
        sizes = {name: make(name, voice, text) for name, (voice, text) in CLIPS.items()}
    except FileNotFoundError:
        sys.exit(NO_ESPEAK)
    print(f"{len(sizes)} clips, {sum(sizes.values())} bytes in {SOUNDS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
