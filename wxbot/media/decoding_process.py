"""Turns one voice into MP3 in a process of its own: `python -m wxbot.media.decoding_process FORMAT < voice > mp3`.

Voices come from outside, and a decoder of C is no place for them inside the service. Here the machine sets the limits:
the worst that a file reaches is the end of this process.
"""

import io
import os
import resource
import sys
from fractions import Fraction

import av

MEMORY_BYTES = 1024 * 1024 * 1024  # of address space; FFmpeg's libraries alone map a third
CPU_SECONDS = 20  # the longest voice, a minute, takes a hundredth
NICER = 10  # than the service: answers to the platform come first
OPEN_FILES = 64
LONGEST_SECONDS = 300  # of sound; WeChat records a minute
RATE = 16_000  # samples a second of what is written; voices have 8 or 16 thousand
BIT_RATE = 32_000
SILENCE = 320  # samples in place of a packet that cannot be decoded: the 20 ms that a frame of AMR lasts


def main() -> None:
    """Read the voice of standard input, write the MP3 to standard output. Ends with 1 when there is no sound in it."""
    _limit()
    data = sys.stdin.buffer.read()
    mp3 = playable(data, sys.argv[1])
    if not mp3:
        sys.exit(1)
    sys.stdout.buffer.write(mp3)
    sys.stdout.buffer.flush()


def playable(data: bytes, form: str) -> bytes:
    """The voice as MP3, mono; empty when not one packet of it could be decoded. Raises av.FFmpegError."""
    target = io.BytesIO()
    heard = 0
    with av.open(io.BytesIO(data), "r", format=form) as source, av.open(target, "w", format="mp3") as written:
        out = written.add_stream("libmp3lame", rate=RATE)
        out.bit_rate = BIT_RATE
        out.layout = "mono"
        resampler = av.AudioResampler(format="s16p", layout="mono", rate=RATE)
        position = 0

        def write(frame: av.AudioFrame) -> None:
            nonlocal position
            frame.pts, frame.time_base = position, Fraction(1, RATE)
            position += frame.samples
            written.mux(out.encode(frame))

        for packet in source.demux(audio=0):
            try:
                frames = packet.decode()
            except av.InvalidDataError:  # a frame without data: the pause between words
                write(_silence())
                continue
            for frame in frames:
                heard += frame.samples
                for each in resampler.resample(frame):
                    write(each)
            if position > LONGEST_SECONDS * RATE:
                break
        for each in resampler.resample(None):
            write(each)
        written.mux(out.encode(None))
    return target.getvalue() if heard else b""


def _silence() -> av.AudioFrame:
    frame = av.AudioFrame(format="s16p", layout="mono", samples=SILENCE)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate = RATE
    return frame


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold what a patient said
    os.nice(NICER)


if __name__ == "__main__":
    main()
