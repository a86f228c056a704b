"""Media (reference §7.9)."""

from datetime import timedelta

import aiohttp
import pytest

from wxbot.simulator.media import MB, sample_image, sample_video, sample_voice

UPLOAD = "/cgi-bin/media/upload"
ADD = "/cgi-bin/material/add_material"


async def test_a_picture_is_kept_for_three_days(world):
    made = await world.upload(UPLOAD, sample_image(), "a.png", "image/png", type="image")
    assert (made["type"], made["created_at"]) == ("image", int(world.platform.now().timestamp()))
    query = {"access_token": await world.token(), "media_id": made["media_id"]}
    async with world.session.get(f"{world.url}/cgi-bin/media/get", params=query) as response:
        assert (response.content_type, await response.read()) == ("image/png", sample_image())
    world.platform.clock.move(timedelta(days=3))
    assert (await world.get("/cgi-bin/media/get", media_id=made["media_id"]))["errcode"] == 40007


async def test_a_video_is_answered_with_its_address(world):
    made = await world.upload(UPLOAD, sample_video(), "a.mp4", "video/mp4", type="video")
    address = (await world.get("/cgi-bin/media/get", media_id=made["media_id"]))["video_url"]
    async with world.session.get(address) as response:
        assert await response.read() == sample_video()


async def test_a_thumb_has_its_own_member(world):
    made = await world.upload(UPLOAD, b"jpg", "a.jpg", "image/jpeg", type="thumb")
    assert "thumb_media_id" in made


@pytest.mark.parametrize(
    ("kind", "size", "name", "code"),
    [
        ("poem", 1, "a.png", 40004),
        ("image", 0, "a.png", 44001),
        ("image", 1, "a.exe", 40005),
        ("image", 10 * MB + 1, "a.png", 40009),
        ("voice", 2 * MB + 1, "a.amr", 40010),
        ("video", 10 * MB + 1, "a.mp4", 40011),
        ("thumb", 64 * 1024 + 1, "a.jpg", 40012),
        ("voice", 1, "a.wav", 40005),
    ],
)
async def test_a_faulty_upload_is_refused(world, kind, size, name, code):
    assert (await world.upload(UPLOAD, b"x" * size, name, "application/octet-stream", type=kind))["errcode"] == code


async def test_an_upload_without_the_media_field_is_refused(world):
    form = aiohttp.FormData()
    form.add_field("file", b"x", filename="a.png", content_type="image/png")
    query = {"access_token": await world.token(), "type": "image"}
    async with world.session.post(world.url + UPLOAD, params=query, data=form) as response:
        assert (await response.json(content_type=None))["errcode"] == 41005
    assert (await world.post(UPLOAD, {"media": "x"}, type="image"))["errcode"] == 41005


async def test_an_upload_whose_part_names_no_content_type_is_taken(world):
    body = b'--B\r\nContent-Disposition: form-data; name="media"; filename="a.png"\r\n\r\nx\r\n--B--\r\n'
    query = {"access_token": await world.token(), "type": "image"}
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    async with world.session.post(world.url + UPLOAD, params=query, data=body, headers=headers) as response:
        media_id = (await response.json(content_type=None))["media_id"]
    assert world.platform.media.items[media_id].mime == "image/png"


async def test_the_newer_way_to_write_a_file_name_is_not_understood(world):
    body = (
        b"--B\r\nContent-Disposition: form-data; name=\"media\"; filename*=utf-8''%E7%85%A7.png\r\n"
        b"Content-Type: image/png\r\n\r\nx\r\n--B--\r\n"
    )
    query = {"access_token": await world.token(), "type": "image"}
    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    async with world.session.post(world.url + UPLOAD, params=query, data=body, headers=headers) as response:
        assert (await response.json(content_type=None))["errcode"] == 41005


async def test_a_missing_media_id_is_told(world):
    assert (await world.get("/cgi-bin/media/get"))["errcode"] == 41006


async def test_a_page_picture_gets_an_address_and_is_no_material(world):
    made = await world.upload("/cgi-bin/media/uploadimg", sample_image(), "a.png", "image/png")
    async with world.session.get(made["url"]) as response:
        assert await response.read() == sample_image()
    assert (await world.get("/cgi-bin/material/get_materialcount"))["image_count"] == 0
    wrong = await world.upload("/cgi-bin/media/uploadimg", b"x", "a.gif", "image/gif")
    large = await world.upload("/cgi-bin/media/uploadimg", b"x" * MB, "a.png", "image/png")
    assert (wrong["errcode"], large["errcode"]) == (40005, 40009)


async def test_permanent_material_is_added_listed_read_and_deleted(world):
    made = await world.upload(ADD, sample_image(), "a.png", "image/png", type="image")
    world.platform.clock.move(timedelta(days=100))
    listed = await world.post("/cgi-bin/material/batchget_material", {"type": "image", "offset": 0, "count": 20})
    assert (listed["total_count"], listed["item"][0]["media_id"]) == (1, made["media_id"])
    token = await world.token()
    wanted = {"media_id": made["media_id"]}
    url = f"{world.url}/cgi-bin/material/get_material?access_token={token}"
    async with world.session.post(url, json=wanted) as response:
        assert await response.read() == sample_image()
    deleted = [(await world.post("/cgi-bin/material/del_material", wanted))["errcode"] for _ in range(2)]
    assert deleted == [0, 40007]
    assert (await world.get("/cgi-bin/material/get_materialcount"))["image_count"] == 0


async def test_a_permanent_video_comes_with_a_description(world):
    bare = await world.upload(ADD, sample_video(), "a.mp4", "video/mp4", type="video")
    assert bare["errcode"] == 40035
    about = '{"title":"护理","introduction":"三分钟"}'
    made = await world.upload(ADD, sample_video(), "a.mp4", "video/mp4", type="video", description=about)
    shown = await world.post("/cgi-bin/material/get_material", {"media_id": made["media_id"]})
    assert (shown["title"], shown["description"]) == ("护理", "三分钟")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "poem", "offset": 0, "count": 1}, 40004),
        ({"type": "image", "offset": 0, "count": 21}, 40035),
        ({"type": "image", "offset": -1, "count": 1}, 40035),
        ({"type": "image", "offset": "0", "count": 1}, 40035),
    ],
)
async def test_a_faulty_page_of_material_is_refused(world, body, code):
    assert (await world.post("/cgi-bin/material/batchget_material", body))["errcode"] == code


async def test_what_a_patient_sent_can_be_downloaded(world):
    person = await world.follower()
    await world.platform.send_voice(person.openid)
    query = {"access_token": await world.token(), "media_id": world.last()["MediaId"]}
    async with world.session.get(f"{world.url}/cgi-bin/media/get", params=query) as response:
        assert await response.read() == sample_voice()
