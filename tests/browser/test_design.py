"""The frame, the components and the scripts, in a real browser: readable, operable, within the content policy."""

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from web.app import create_app
from web.settings import Settings

pytestmark = pytest.mark.browser

PAGES = ("", "/inbox", "/board", "/citizen", "/confirm")
DESK, PHONE, ZOOMED = (1366, 768), (390, 844), (683, 384)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running site; the design pages need neither a database nor a queue."""
    app = create_app(Settings(home=tmp_path_factory.mktemp("home"), secret_key="k" * 40))  # type: ignore[arg-type]
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Desk:
    """Opens design pages in one language and look, and remembers what the browser complained about."""

    def __init__(self, chromium: Browser, address: str) -> None:
        self._chromium, self._address = chromium, address
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(
        self,
        path: str,
        *,
        size: tuple[int, int] = DESK,
        theme: str = "light",
        locale: str = "en",
        scripts: bool = True,
    ) -> Page:
        """Open a page and wait until it has loaded."""
        context = self._chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts
        )
        self._contexts.append(context)
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self._address}
                for name, value in (("theme", theme), ("locale", locale))
            ]
        )
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{self._address}/design{path}")
        page.wait_for_load_state("networkidle")
        return page

    def close(self) -> None:
        """Close what was opened."""
        for context in self._contexts:
            context.close()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Desk]:
    """A desk that is cleared after the test."""
    opened = Desk(chromium, address)
    yield opened
    opened.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_passes_axe_and_the_content_policy(desk: Desk, path: str, locale: str, theme: str) -> None:
    page = desk.open(path, locale=locale, theme=theme)

    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]

    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
    assert desk.complaints == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_never_scrolls_sideways(desk: Desk, path: str) -> None:
    page = desk.open(path)

    for width, height in (PHONE, ZOOMED, DESK):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (path, width)


def test_j_and_k_move_through_the_list_and_enter_opens(desk: Desk) -> None:
    page = desk.open("/inbox")
    focused = (
        "document.activeElement.closest('[data-key-item]')?.querySelector('.case-row-title').textContent"
    )
    titles = page.locator(".case-row-title").all_inner_texts()

    page.keyboard.press("j")
    assert page.evaluate(focused) == titles[1]

    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.evaluate(focused) == titles[1]

    page.keyboard.press("Enter")
    assert page.url.endswith("#case")


def test_single_keys_stay_letters_while_someone_types(desk: Desk) -> None:
    page = desk.open("/inbox")

    page.keyboard.press("/")
    page.keyboard.type("jr?1")

    assert page.evaluate("document.activeElement.value") == "jr?1"
    assert not page.locator("#keyboard-help").is_visible()


def test_keys_are_left_alone_during_input_method_composition(desk: Desk) -> None:
    page = desk.open("/inbox")

    for key in ("j", "?", "r", "1"):
        page.evaluate(
            "key => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, isComposing: true, bubbles: true}))",
            key,
        )

    assert page.evaluate("document.activeElement.tagName") == "BODY"
    assert not page.locator("#keyboard-help").is_visible()


def test_single_keys_can_be_switched_off(desk: Desk) -> None:
    page = desk.open("/inbox")
    page.keyboard.press("?")
    page.locator("#single-keys").uncheck()
    page.keyboard.press("Escape")

    page.reload()
    page.keyboard.press("r")

    assert page.evaluate("document.activeElement.tagName") == "BODY"


def test_a_suggestion_is_inserted_by_its_key_saved_and_taken_back(desk: Desk) -> None:
    page = desk.open("/inbox")
    box = page.locator("#reply-text")
    box.fill("")
    answer = page.locator("#suggestion-102").text_content()

    page.keyboard.press("Alt+2")
    assert box.input_value() == answer

    page.locator('[data-autosave-state][data-state="saved"]').wait_for()
    assert int(page.locator("[name=revision]").input_value()) > 3

    page.keyboard.press("Control+z")
    assert box.input_value() == ""


def test_a_gap_in_the_inserted_answer_is_selected(desk: Desk) -> None:
    page = desk.open("/inbox")
    page.locator("#reply-text").fill("")

    page.keyboard.press("Alt+1")

    box = "const box = document.activeElement;"
    assert (
        page.evaluate(f"() => {{ {box} return box.value.slice(box.selectionStart, box.selectionEnd); }}")
        == "{电话}"
    )


def test_a_draft_that_cannot_be_saved_says_so_and_is_saved_later(desk: Desk) -> None:
    page = desk.open("/inbox")
    page.route("**/design/draft", lambda route: route.abort())
    page.locator("#reply-text").fill("您好")
    page.locator('[data-autosave-state][data-state="failed"]').wait_for()
    assert page.locator("#reply-text").input_value() == "您好"

    page.unroute("**/design/draft")

    page.locator('[data-autosave-state][data-state="saved"]').wait_for()


def test_an_older_draft_stops_saving_itself(desk: Desk) -> None:
    page = desk.open("/inbox")
    sent: list[str] = []

    def refuse(route: object) -> None:
        sent.append("once")
        route.fulfill(status=409, json={})  # type: ignore[attr-defined]

    page.route("**/design/draft", refuse)
    page.locator("#reply-text").fill("甲")
    page.locator('[data-autosave-state][data-state="conflict"]').wait_for()
    page.locator("#reply-text").fill("甲乙")
    page.wait_for_timeout(1200)

    assert sent == ["once"]


def test_a_question_opens_as_a_dialog_and_as_a_page_without_scripts(desk: Desk) -> None:
    page = desk.open("/inbox")
    page.locator("[data-confirm-page]").click()
    page.locator("dialog[open] [name=basis]").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0

    plain = desk.open("/inbox", scripts=False)
    plain.locator("[data-confirm-page]").click()
    assert plain.url.endswith("/design/confirm")
    assert plain.locator("[name=basis]").is_visible()


def test_a_form_is_sent_once_whatever_the_double_click(desk: Desk) -> None:
    page = desk.open("/confirm")
    sent: list[str] = []

    def swallow(route: object) -> None:
        if route.request.method == "POST":  # type: ignore[attr-defined]
            sent.append("once")
            page.wait_for_timeout(1)
        route.fulfill(status=204)  # type: ignore[attr-defined]

    page.route("**/design/confirm", swallow)
    page.locator("[name=basis]").fill("职责清单第 14 项")
    page.locator(".confirm button[type=submit]").dblclick()
    page.wait_for_timeout(300)

    assert sent == ["once"]


def test_the_look_changes_at_once_and_stays(desk: Desk) -> None:
    page = desk.open("/board")
    page.locator(".topbar-wide details summary").click()
    with page.expect_response("**/look"):
        page.locator(".topbar-wide button[name=theme][value=dark]").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"

    page.context.clear_cookies(name="locale")
    page.reload()

    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


def test_the_drawer_opens_on_a_phone_and_the_places_show_without_scripts(desk: Desk) -> None:
    page = desk.open("/board", size=PHONE)
    assert not page.locator(".rail").is_visible()
    page.locator("[data-bs-toggle=offcanvas]").click()
    page.locator(".rail.show").wait_for()

    plain = desk.open("/board", size=PHONE, scripts=False)
    assert plain.locator(".rail-link").first.is_visible()


def test_ctrl_k_goes_to_a_page(desk: Desk) -> None:
    page = desk.open("/inbox")

    page.keyboard.press("Control+k")
    page.keyboard.type("overd")
    page.keyboard.press("Enter")

    page.wait_for_url("**/design/board")
