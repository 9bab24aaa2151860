"""Sections of settings."""

from __future__ import annotations

import pytest
from wirewatch.config.definition import Section, setting, settings_of


class Example(Section):
    """Two settings."""

    many: int = setting(3, "How many.", minimum=1)
    names: tuple[str, ...] = setting((), "Which.")


def test_what_is_not_given_has_its_default() -> None:
    assert (Example(many=5).many, Example(many=5).names) == (5, ())


def test_sections_with_the_same_values_are_equal() -> None:
    assert Example(many=3) == Example()
    assert hash(Example(many=3)) == hash(Example())
    assert Example(many=4) != Example()


def test_a_copy_keeps_what_is_not_replaced() -> None:
    assert Example(many=5).replace(names=("a",)) == Example(many=5, names=("a",))


def test_a_name_that_is_no_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="Example has no setting 'few'"):
        Example(few=1)  # type: ignore[call-arg]


def test_a_section_does_not_change() -> None:
    with pytest.raises(AttributeError, match=r"Example\.many cannot be changed"):
        Example().many = 7  # type: ignore[misc]


def test_a_section_tells_its_values() -> None:
    assert repr(Example(many=5)) == "Example(many=5, names=())"


def test_its_settings_are_told_in_order() -> None:
    first, second = settings_of("example", Example)
    assert (first.key, first.default, first.minimum) == ("example.many", 3, 1)
    assert (second.key, second.doc) == ("example.names", "Which.")
