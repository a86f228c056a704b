"""What may be uploaded, judged by the bytes and not by the name."""

import pytest

from wxbot.wechat.media import KB, MB, PERMANENT, TEMPORARY, Limit, MediaFile, MediaKind, form_of, problems

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff\xe0"
MP3 = b"ID3\x03"


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (PNG, "png"),
        (JPEG, "jpeg"),
        (b"GIF89a..", "gif"),
        (b"BM....", "bmp"),
        (b"#!AMR\n", "amr"),
        (b"RIFF\x00\x00\x00\x00WAVE", "wav"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "wma"),
        (b"\x00\x00\x00\x18ftypmp42", "mp4"),
        (MP3, "mp3"),
        (b"\xff\xfb\x90", "mp3"),
        (b"<svg>", None),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_a_file_is_known_by_its_first_bytes(content: bytes, form: str | None) -> None:
    assert form_of(content) == form


@pytest.mark.parametrize(
    ("limit", "content", "words"),
    [
        (TEMPORARY[MediaKind.IMAGE], PNG, []),
        (TEMPORARY[MediaKind.IMAGE], PNG + b"x" * (2 * MB - len(PNG)), []),
        (TEMPORARY[MediaKind.IMAGE], PNG + b"x" * 2 * MB, ["图片不能超过 2 MB。"]),
        (TEMPORARY[MediaKind.IMAGE], b"BM..", ["图片只能是 GIF、JPG、PNG 格式。"]),
        (PERMANENT[MediaKind.IMAGE], b"BM..", []),
        (TEMPORARY[MediaKind.IMAGE], b"", ["图片文件是空的。"]),
        (TEMPORARY[MediaKind.VOICE], MP3, []),
        (TEMPORARY[MediaKind.VOICE], PNG, ["语音只能是 AMR、MP3 格式。"]),
        (TEMPORARY[MediaKind.THUMB], JPEG, []),
        (
            TEMPORARY[MediaKind.THUMB],
            PNG + b"x" * 64 * KB,
            ["缩略图只能是 JPG 格式。", "缩略图不能超过 64 KB。"],
        ),
    ],
)
def test_a_file_the_platform_would_refuse_is_explained(limit: Limit, content: bytes, words: list[str]) -> None:
    assert problems(MediaFile(name="a", content=content), limit) == words


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("photo.png", "photo.png"),
        ("复查照片.jpeg", "file.png"),
        ("../../etc/pass wd.jpg", "etc-pass-wd.png"),
        ('a"b\r\n.png', "a-b.png"),
        ("", "file.png"),
        ("x" * 300 + ".png", "x" * 40 + ".png"),
    ],
)
def test_the_name_sent_is_plain_and_its_ending_true(name: str, sent: str) -> None:
    file = MediaFile(name=name, content=PNG)
    assert file.ascii_name == sent
    assert file.content_type == "image/png"
