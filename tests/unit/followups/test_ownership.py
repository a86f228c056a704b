"""Whose a follow-up is."""

from datetime import UTC, datetime

from wxbot.followups.attempt_models import Group
from wxbot.followups.groups import group_of
from wxbot.followups.owner_models import PatientOwner
from wxbot.followups.ownership import ownership
from wxbot.history.models import PatientId
from wxbot.staff.models import Account, AccountId, ConsultantTeam
from wxbot.staff.permissions import Role

NOW = datetime(2026, 11, 23, tzinfo=UTC)
VIP = frozenset({"VIP"})


def owner(consultant: str = "", dispute: str = "") -> PatientOwner:
    return PatientOwner(
        id=PatientId("p"), consultant=consultant, dispute=dispute, changed_at=NOW, changed_by="staff:boss"
    )


def test_a1_40_a2_65_a_dispute_belongs_to_its_owner_alone() -> None:
    found = ownership(owner("li", "desk"), ["VIP"], "web", VIP)
    assert (found.account, found.locked) == ("desk", True)


def test_a1_07_a_vip_belongs_to_their_consultant_alone_and_others_may_be_helped_with() -> None:
    assert (ownership(owner("li"), ["VIP"], "web", VIP).account, ownership(owner("li"), ["VIP"], "", VIP).locked) == (
        "li",
        True,
    )
    found = ownership(owner("li"), ["怕疼"], "", VIP)
    assert (found.account, found.locked) == ("li", False)


def test_a1_10_who_won_a_patient_online_calls_them() -> None:
    found = ownership(owner("li"), [], "web", VIP)
    assert (found.account, found.locked) == ("web", False)


def test_nobody_was_named() -> None:
    for known in (None, owner()):
        found = ownership(known, ["VIP"], "", VIP)
        assert (found.account, found.locked) == ("", False)


def test_a1_01_a1_04_a1_05_groups_follow_role_and_team() -> None:
    def account(role: Role, team: ConsultantTeam | None = None) -> Account:
        return Account(
            id=AccountId("a"),
            login="a",
            name="a",
            role=role,
            team=team,
            password_hash="",
            created_at=NOW,
            created_by="x",
            changed_at=NOW,
            changed_by="x",
        )

    assert group_of(account(Role.CONSULTANT, ConsultantTeam.ONLINE)) is Group.ONLINE
    assert group_of(account(Role.CONSULTANT, ConsultantTeam.ONSITE)) is Group.ONSITE
    assert group_of(account(Role.CONSULTANT)) is Group.ONSITE
    assert group_of(account(Role.RECEPTION)) is Group.DESK
    assert group_of(account(Role.MANAGER)) is Group.OTHERS
