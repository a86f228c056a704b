import re

from wxbot.patients.aliases import alias_for


def test_an_alias_is_always_the_same_for_the_same_contact() -> None:
    assert alias_for("01993c0f2a1abcdef") == alias_for("01993c0f2a1abcdef")


def test_an_alias_is_a_colour_an_animal_and_two_digits() -> None:
    assert all(re.fullmatch(r"访客·\w{2}\d{2}", alias_for(f"contact-{number}")) for number in range(500))


def test_contacts_created_together_get_different_aliases() -> None:
    aliases = [alias_for(f"01993c0f2a1{number:06x}") for number in range(1000)]
    assert len(set(aliases)) > 950
