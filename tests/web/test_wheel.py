"""An installed wheel, far from the checkout, starts and serves pages: nothing it needs was left out."""

import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.web.group import Group

ROOT = Path(__file__).parents[2]
PACKAGES = ("inbox", "knowledge_base", "routing", "sla", "web")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """The Python of an environment with the wheel in it; the libraries are borrowed from this one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    packages = next((folder / "lib").glob("python*/site-packages"))
    pip("install", "--no-deps", "--target", packages, wheel)
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


def pip(*arguments):
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)],
        check=True,
        capture_output=True,
    )


def test_every_file_beside_the_code_is_in_the_wheel(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())

    missing = [
        str(path.relative_to(ROOT))
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and str(path.relative_to(ROOT)) not in inside
    ]

    assert missing == []


def test_installed_wheel_starts_and_serves_a_page(python, tmp_path):
    group = Group(tmp_path / "home")
    group.environment.pop("PYTHONPATH", None)
    try:
        group.start(through=[str(python), "-P", "-m", "web", "up"])
        group.wait_until_ready()

        page = fetch(group, "/sign-in")
        sheet = re.search(r'href="(/static/[^"]+\.css[^"]*)"', page)
        assert sheet is not None, page[:500]
        assert "{" in fetch(group, sheet.group(1))
        assert str(python.parents[1]) in where_is(python, "web")

        assert group.interrupt() == 0
    finally:
        group.clear_away()


def fetch(group, path):
    address = f"http://127.0.0.1:{group.port}{path}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode("utf-8")


def where_is(python, package):
    code = f"import {package}; print({package}.__file__)"
    return subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
