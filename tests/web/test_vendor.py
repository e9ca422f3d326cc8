"""What others wrote and we carry along: unchanged, licensed, complete."""

import hashlib
import re
from pathlib import Path

import web

VENDOR = Path(web.__file__).parent / "static" / "vendor"
TEMPLATES = Path(web.__file__).parent / "templates"
LIST = VENDOR / "CHECKSUMS.sha256"


def test_every_vendored_file_is_the_one_that_was_checked_in() -> None:
    wanted = {name: sum_ for sum_, name in (line.split(maxsplit=1) for line in LIST.read_text().splitlines())}

    found = {
        file.relative_to(VENDOR).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.rglob("*")
        if file.is_file() and file != LIST
    }

    assert found == wanted


def test_every_vendored_folder_carries_its_licence() -> None:
    folders = [folder for folder in VENDOR.iterdir() if folder.is_dir()]

    assert folders
    assert [folder.name for folder in folders if not (folder / "LICENSE").is_file()] == []


def test_every_icon_that_templates_name_is_in_the_sprite() -> None:
    sprite = set(
        re.findall(r'<symbol [^>]*id="([\w-]+)"', (VENDOR / "bootstrap-icons" / "icons.svg").read_text())
    )

    named = {
        (template.relative_to(TEMPLATES).as_posix(), name)
        for template in TEMPLATES.rglob("*.html")
        for name in re.findall(r'(?:icon_name=|icon\(|"icon": )"([\w-]+)"', template.read_text("utf-8"))
    }

    assert named
    assert {(template, name) for template, name in named if name not in sprite} == set()
