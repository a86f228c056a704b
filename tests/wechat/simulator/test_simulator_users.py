"""Followers, remarks, the blacklist and tags (reference §7.3, §7.4)."""

import pytest


async def code(world, path, body):
    return (await world.post(path, body)).get("errcode", 0)


async def test_a_follower_has_a_profile_without_name_or_picture(world):
    person = world.platform.create_person("小林")
    await world.platform.follow(person.openid, "doc_7")
    assert await world.get("/cgi-bin/user/info", openid=person.openid, lang="zh_CN") == {
        "subscribe": 1,
        "openid": person.openid,
        "language": "zh_CN",
        "subscribe_time": int(world.platform.now().timestamp()),
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE",
        "qr_scene": 0,
        "qr_scene_str": "doc_7",
    }


async def test_of_somebody_who_does_not_follow_nothing_is_told(world):
    person = world.platform.create_person("小林")
    assert await world.get("/cgi-bin/user/info", openid=person.openid) == {"subscribe": 0, "openid": person.openid}


async def test_an_unknown_openid_has_no_profile(world):
    assert (await world.get("/cgi-bin/user/info", openid="oNobody"))["errcode"] == 40003
    assert (await world.get("/cgi-bin/user/info"))["errcode"] == 41009


async def test_a_hundred_profiles_come_at_once_and_not_more(world):
    people = [world.platform.create_person(str(number)) for number in range(101)]
    wanted = [{"openid": person.openid, "lang": "zh_CN"} for person in people]
    path = "/cgi-bin/user/info/batchget"
    answer = await world.post(path, {"user_list": wanted[:100]})
    assert [each["openid"] for each in answer["user_info_list"]] == [person.openid for person in people[:100]]
    codes = [await code(world, path, {"user_list": faulty}) for faulty in (wanted, "x", [])]
    assert codes == [40032, 40031, 40032]


async def test_followers_come_in_pages_and_the_last_full_page_still_names_a_next_one(world):
    people = [world.platform.create_person(str(number)) for number in range(10_001)]
    for person in people:
        person.following = True
    first = await world.get("/cgi-bin/user/get")
    assert (first["total"], first["count"], len(first["data"]["openid"])) == (10_001, 10_000, 10_000)
    second = await world.get("/cgi-bin/user/get", next_openid=first["next_openid"])
    assert (second["count"], second["next_openid"]) == (1, people[-1].openid)
    third = await world.get("/cgi-bin/user/get", next_openid=second["next_openid"])
    assert third == {"total": 10_001, "count": 0, "next_openid": ""}


async def test_a_remark_has_fewer_than_thirty_bytes(world):
    person, stranger = await world.follower(), world.platform.create_person("陌生人")
    path = "/cgi-bin/user/info/updateremark"
    bodies = [
        {"openid": person.openid, "remark": "林女士"},
        {"openid": person.openid, "remark": "字" * 10},
        {"openid": stranger.openid, "remark": "a"},
        {"openid": "oNobody", "remark": "a"},
    ]
    assert [await code(world, path, body) for body in bodies] == [0, 40092, 43004, 40003]
    assert person.remark == "林女士"


async def test_the_blacklist_is_kept_and_listed(world):
    person = await world.follower()
    assert await code(world, "/cgi-bin/tags/members/batchblacklist", {"openid_list": [person.openid]}) == 0
    listed = await world.post("/cgi-bin/tags/members/getblacklist", {"begin_openid": ""})
    assert listed["data"]["openid"] == [person.openid]
    assert await code(world, "/cgi-bin/tags/members/batchunblacklist", {"openid_list": [person.openid]}) == 0
    assert (await world.post("/cgi-bin/tags/members/getblacklist", {"begin_openid": ""}))["total"] == 0


@pytest.mark.parametrize(
    ("openids", "expected"), [("x", 40031), ([], 40032), (["o"] * 21, 40032), (["oNobody"], 40003)]
)
async def test_a_faulty_blacklist_is_refused(world, openids, expected):
    assert await code(world, "/cgi-bin/tags/members/batchblacklist", {"openid_list": openids}) == expected


async def tag(world, name):
    return (await world.post("/cgi-bin/tags/create", {"tag": {"name": name}}))["tag"]["id"]


async def test_a_tag_is_made_given_counted_taken_and_deleted(world):
    person = await world.follower()
    number = await tag(world, "儿童")
    members = {"openid_list": [person.openid], "tagid": number}
    assert await code(world, "/cgi-bin/tags/members/batchtagging", members) == 0
    assert await world.post("/cgi-bin/tags/getidlist", {"openid": person.openid}) == {"tagid_list": [number]}
    listed = (await world.get("/cgi-bin/tags/get"))["tags"]
    assert {"id": number, "name": "儿童", "count": 1} in listed
    assert (await world.post("/cgi-bin/user/tag/get", {"tagid": number}))["data"]["openid"] == [person.openid]
    assert await code(world, "/cgi-bin/tags/members/batchuntagging", members) == 0
    assert await world.post("/cgi-bin/tags/getidlist", {"openid": person.openid}) == {"tagid_list": []}
    await world.post("/cgi-bin/tags/members/batchtagging", members)
    assert await code(world, "/cgi-bin/tags/update", {"tag": {"id": number, "name": "少儿"}}) == 0
    assert await code(world, "/cgi-bin/tags/delete", {"tag": {"id": number}}) == 0
    assert person.tags == []
    assert await code(world, "/cgi-bin/tags/delete", {"tag": {"id": number}}) == 45159


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"tag": {"name": ""}}, 45157),
        ({"tag": {"name": "字" * 31}}, 45158),
        ({"tag": {"name": "星标组"}}, 45157),
        ({}, 40035),
    ],
)
async def test_a_faulty_tag_is_refused(world, body, expected):
    assert await code(world, "/cgi-bin/tags/create", body) == expected


async def test_system_tags_stay(world):
    assert await code(world, "/cgi-bin/tags/delete", {"tag": {"id": 2}}) == 45058
    assert await code(world, "/cgi-bin/tags/update", {"tag": {"id": 0, "name": "x"}}) == 45058


async def test_an_account_has_a_hundred_tags(world):
    for number in range(99):
        await tag(world, f"标签{number}")
    assert await code(world, "/cgi-bin/tags/create", {"tag": {"name": "多一个"}}) == 45056


async def test_a_person_has_twenty_tags_and_only_the_others_are_tagged(world):
    full, free = await world.follower("满"), await world.follower("空")
    full.tags = list(range(1000, 1020))
    number = await tag(world, "新")
    path = "/cgi-bin/tags/members/batchtagging"
    answer = await world.post(path, {"openid_list": [full.openid, free.openid], "tagid": number})
    assert (answer["errcode"], answer["fail_openid_list"], free.tags) == (45171, [full.openid], [number])
    assert await code(world, path, {"openid_list": [full.openid], "tagid": number}) == 45059


@pytest.mark.parametrize(
    ("openids", "tagid", "expected"), [(["o"] * 51, 2, 40032), (["oNobody"], 2, 40003), ("x", 2, 40031)]
)
async def test_faulty_tagging_is_refused(world, openids, tagid, expected):
    assert await code(world, "/cgi-bin/tags/members/batchtagging", {"openid_list": openids, "tagid": tagid}) == expected


async def test_tagging_with_an_unknown_tag_is_refused(world):
    person = await world.follower()
    for path in ("batchtagging", "batchuntagging"):
        body = {"openid_list": [person.openid], "tagid": 77}
        assert await code(world, f"/cgi-bin/tags/members/{path}", body) == 45159
    assert await code(world, "/cgi-bin/user/tag/get", {"tagid": 77}) == 45159
