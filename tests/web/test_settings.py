"""Settings: where each comes from, what is refused, and that the documentation knows them all."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from web.settings import Settings, load_settings
from web.settings_reference import insert

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_nothing_needs_to_be_set(home, monkeypatch):
    monkeypatch.chdir(home)

    settings = load_settings()

    assert settings.home == home / "var"
    assert settings.port == 8000
    assert settings.database_address == f"sqlite:///{home}/var/minhu.sqlite3"
    assert settings.queue_address == f"unix://{home}/var/queue/queue.sock"
    assert settings.public_address == "http://127.0.0.1:8000"


@pytest.mark.parametrize("name", ["PORT", "MINHU_PORT"])
def test_environment_chooses_the_port(home, monkeypatch, name):
    monkeypatch.setenv(name, "8123")

    assert load_settings(home=home).port == 8123


def test_empty_variable_means_not_set(home, monkeypatch):
    monkeypatch.setenv("PORT", "")

    assert load_settings(home=home).port == 8000


def test_file_in_the_data_folder_is_read_and_the_environment_wins(home, monkeypatch):
    (home / "minhu.toml").write_text('port = 8080\nlocale = "en"\n')
    monkeypatch.setenv("MINHU_HOME", str(home))
    monkeypatch.setenv("PORT", "8123")

    settings = load_settings()

    assert settings.locale == "en"
    assert settings.port == 8123


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("prot = 8080", "prot"),
        ("port = 70000", "port"),
        ('secret_key = "short"', "secret_key"),
        ('time_zone = "Asia/Hangzhou"', "time_zone"),
        ('database_url = "mysql://localhost/minhu"', "database_url"),
        ('queue_url = "amqp://localhost"', "queue_url"),
        ('locale = "fr"', "locale"),
    ],
)
def test_wrong_key_in_the_file_is_named(home, line, named):
    (home / "minhu.toml").write_text(line)

    with pytest.raises(ValidationError) as caught:
        load_settings(home=home)

    assert named in str(caught.value.errors()[0]["loc"]).lower()


def test_file_cannot_move_the_folder_it_lies_in(home):
    (home / "minhu.toml").write_text('home = "/elsewhere"')

    with pytest.raises(ValueError, match="MINHU_HOME"):
        load_settings(home=home)


def test_secret_key_is_not_printed(home):
    settings = Settings(home=home, secret_key="s" * 40)

    assert "ssss" not in repr(settings)


def test_long_data_folder_gets_a_socket_the_kernel_accepts(home):
    settings = load_settings(home=home / ("long" * 40))

    assert len(settings.queue_address.removeprefix("unix://")) < 107


def test_documentation_lists_every_key():
    document = DOCUMENT.read_text(encoding="utf-8")

    assert insert(document) == document, "run: python -m web.settings_reference"
