"""The catalogues: nothing missing, nothing stale, and the tool that keeps them so."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po
from flask import Flask
from flask_babel import force_locale, gettext, ngettext, pgettext

from web import catalogues
from web.catalogues import area_of, check, check_english, main, read_areas, update, used_strings
from web.i18n import load_translations


def test_every_string_is_translated() -> None:
    assert check("zh_CN") == []


def test_sources_speak_english() -> None:
    assert check_english() == []


def test_command_succeeds_when_nothing_is_wrong() -> None:
    assert main(["check"]) == 0
    assert main(["translate"]) == 2


def test_area_is_the_page_a_string_stands_on() -> None:
    assert area_of("templates/officers/index.html") == "officers"
    assert area_of("templates/layout.html") == "layout"
    assert area_of("views/officers.py") == "officers"
    assert area_of("words.py") == "words"


def test_application_speaks_from_the_files(app: Flask) -> None:
    with app.test_request_context("/"), force_locale("zh_CN"):
        assert gettext("Officers") == "人员"
        assert pgettext("kind", "Other") == "其他"
        assert ngettext("%(num)s working day", "%(num)s working days", 3) == "3 个工作日"
    with app.test_request_context("/"), force_locale("en"):
        assert gettext("Officers") == "Officers"
        assert ngettext("%(num)s working day", "%(num)s working days", 3) == "3 working days"


@pytest.fixture
def own_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source folder with one template and no translation yet."""
    (tmp_path / "templates" / "officers").mkdir(parents=True)
    (tmp_path / "translations").mkdir()
    page = tmp_path / "templates" / "officers" / "index.html"
    page.write_text(
        '{{ _("Hello %(name)s", name=name) }} {{ ngettext("%(num)s cat", "%(num)s cats", n) }}', "utf-8"
    )
    monkeypatch.setattr(catalogues, "WEB", tmp_path)
    monkeypatch.setattr(catalogues, "TRANSLATIONS", tmp_path / "translations")
    return tmp_path


def write(folder: Path, area: str, **translations: str) -> None:
    catalog = Catalog(locale="zh_CN")
    for source, translation in translations.items():
        catalog.add(source.replace("_name_", "%(name)s"), translation)
    (folder / "translations" / "zh_CN").mkdir(exist_ok=True)
    with (folder / "translations" / "zh_CN" / f"{area}.po").open("wb") as file:
        write_po(file, catalog)


def test_update_adds_what_is_new_and_says_how_much_is_missing(own_catalogue: Path) -> None:
    assert update("zh_CN") == 2
    assert [string.area for string in used_strings().values()] == ["officers", "officers"]
    assert set(read_areas("zh_CN")) == {"officers"}
    assert len(check("zh_CN")) == 2


def test_update_keeps_translations_where_they_stand_and_drops_the_unused(own_catalogue: Path) -> None:
    write(own_catalogue, "people", **{"Hello _name_": "你好 %(name)s", "Gone": "没了"})

    update("zh_CN")
    areas = read_areas("zh_CN")

    assert areas["people"].get("Hello %(name)s").string == "你好 %(name)s"
    assert areas["people"].get("Gone") is None


def test_update_changes_no_file_when_nothing_is_new(own_catalogue: Path) -> None:
    update("zh_CN")
    path = own_catalogue / "translations" / "zh_CN" / "officers.po"
    before = path.stat().st_mtime_ns

    update("zh_CN")

    assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("translation", "problem"),
    [
        ("你好", "lacks a gap"),
        ("你好 %(name)s %(title)s", "does not have"),
        ("100% %(name)s", "bare %"),
    ],
)
def test_translation_that_would_break_a_page_is_found(
    own_catalogue: Path, translation: str, problem: str
) -> None:
    write(own_catalogue, "officers", **{"Hello _name_": translation})

    assert any(problem in found for found in check("zh_CN"))


def test_chinese_outside_a_translation_is_found(own_catalogue: Path) -> None:
    page = own_catalogue / "templates" / "officers" / "index.html"
    page.write_text('{# 注释 #}\n<p>{{ _("你好") }}</p>\n<p>你好</p>\n<p>{{ name }}</p>', "utf-8")

    problems = check_english()

    assert any("is not English" in problem for problem in problems)
    assert any("index.html:3: Chinese outside" in problem for problem in problems)
    assert len(problems) == 2


def test_catalogues_load_quickly_enough_to_be_read_at_start() -> None:
    load_translations.cache_clear()

    assert len(load_translations("zh_CN")._catalog) > 300
