"""The report in a real browser: Debian's or Playwright's own Chromium, from ``file://``."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from conftest import SEEDS, polderbrief
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from pipeline.cli import open_report
from pipeline.document import Document, Segment, Stance, Summary, SummarySentence
from pipeline.errors import OutputError
from pipeline.report.build import build, discard
from pipeline.report.tally import Tally
from pipeline.writers.jsonl import JsonlWriter

SCRIPT = "<script>document.title = 'pwned'</script>"
SHOTS = Path(os.environ.get("POLDERBRIEF_SCREENSHOTS") or "build/screenshots")  # of the report of the seeds


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("chromium-browser"),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
        except Error as error:
            message = "no Chromium: apt-get install chromium, or playwright install chromium"
            if os.environ.get("CI") == "true":
                pytest.fail(f"{message}: {error}")
            pytest.skip(message)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A window that has no network, and fails the test on any error of the page."""
    context = browser.new_context(viewport={"width": 1100, "height": 900}, offline=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert errors == []


def document(number: int, target: str = "Kia", **metadata: str) -> Document:
    """Two sentences, one of which praises the target, the other of which has a changed figure."""
    source = f"De {target} is een geweldige auto.\nHij kost {number} euro."
    first, second = source.split("\n")
    made = Document(f"artikel/{number}", source, "nl", {"date": f"2026-0{number % 9 + 1}-03"} | metadata)
    made.segments = [
        Segment(first, 0, len(first), 0, "sentence", "nl", f"The {target} is a great car.", -0.2, [], None),
        Segment(second, len(first) + 1, len(source), 1, "sentence", "nl", f"It costs {number}0.", -1.5, ["numbers"]),
    ]
    if target == "Kia":
        english = f"The {target} is a great car."
        made.segments[0].links = [(*span(first, "auto"), *span(english, "car"))]
    made.summary = Summary([SummarySentence(f"The {target} is a great car.", [0])], "extractive", "stance-mini")
    made.stances = [Stance(target, "favor" if number % 2 else "against", 0.8, [0], "Anna Berg")]
    return made


def span(text: str, word: str) -> tuple[int, int]:
    return text.index(word), text.index(word) + len(word)


def report(folder: Path, documents: list[Document]) -> str:
    with JsonlWriter(folder) as writer:
        for one in documents:
            writer.write(one)
    return build(folder).as_uri()


@pytest.fixture
def page(tmp_path: Path, context: BrowserContext) -> Page:
    """The report of three documents."""
    opened = context.new_page()
    opened.goto(report(tmp_path, [document(1), document(2, "Opel"), document(3)]))
    return opened


def shown(page: Page) -> list[str]:
    return [item.inner_text().split("\n")[0] for item in page.locator("#documents > li").all() if item.is_visible()]


def test_the_filter_searches_both_languages_targets_stances_and_flags(page: Page) -> None:
    kia, opel = "The Kia is a great car.", "The Opel is a great car."
    assert shown(page) == [kia, opel, kia]
    for words, wanted in (("geweldige opel", [opel]), ("GREAT kost 3", [kia]), ("fiets", [])):
        page.get_by_role("searchbox").fill(words)
        assert shown(page) == wanted
        expect(page.locator("#count")).to_have_text(f"{len(wanted)} shown")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#count")).to_have_text("3 shown")
    page.get_by_role("combobox", name="Target").select_option("Kia")
    assert shown(page) == [kia, kia]
    page.get_by_role("combobox", name="Stance").select_option("against")
    assert shown(page) == []
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("combobox", name="Flag").select_option("numbers")
    assert len(shown(page)) == 3


@pytest.mark.parametrize(
    ("dates", "periods"),
    [
        (["2025-09-26", "2025-10", "26-09-2025", "20250926", "gisteren"], ["2025-09", "2025-10"]),
        (["2025", "2024-09-26"], ["2024", "2025"]),
    ],
)
def test_only_dates_in_iso_8601_make_periods(dates: list[str], periods: list[str]) -> None:
    tally = Tally()
    for number, date in enumerate(dates, start=1):
        tally.add(document(number, date=date))
    assert list(tally.periods()) == periods


def test_every_link_of_the_pages_leads_somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.report.build._LISTED", 2)
    documents = [document(number) for number in range(1, 6)]
    documents.append(document(6, "Opel", date="2026-02"))
    documents[-1].stances[0].evidence = []
    report(tmp_path, documents)
    pages = {path: path.read_text() for path in (tmp_path / "report").rglob("*.html")}
    assert len(pages) == 3 + 6
    for path, text in pages.items():
        for href in re.findall('href="(.*?)"', text):
            page, _, anchor = href.partition("#")
            assert f'id="{anchor}"' in pages[(path.parent / page).resolve() if page else path] or not anchor, href
    index = pages[tmp_path / "report" / "index.html"]
    assert "<title>Opel, criticised: 1<" in index  # a part of a bar, without sentences to lead to
    assert 'aria-label="Opel, criticised: 1"' not in index


def test_sentences_that_are_too_many_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.report.build._EVIDENCE", 2)
    report(tmp_path, [document(number) for number in (1, 3, 5, 7, 9)])
    text = (tmp_path / "report" / "index.html").read_text()
    assert text.count("<p>And 3 more.</p>") == 1  # of the target; each period has one


def test_targets_that_differ_in_case_only_have_an_order(tmp_path: Path) -> None:
    names = [f"{k}{i}{a}" for k in "Kk" for i in "Ii" for a in "Aa"]
    report(tmp_path, [document(number, name) for number, name in enumerate(reversed(names))])
    assert re.findall("<option>(.*?)</option>", (tmp_path / "report" / "index.html").read_text()) == names


def test_a_sentence_and_its_partner_light_up_and_keys_move_between_them(page: Page) -> None:
    rows = page.locator("article").first.locator("tbody tr")
    plain = background(rows.nth(0))
    rows.nth(0).locator("td").first.hover()
    assert background(rows.nth(0)) != plain
    rows.nth(0).focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    assert background(rows.nth(1)) != plain
    page.keyboard.press("ArrowUp")
    expect(rows.nth(0)).to_be_focused()
    expect(rows.nth(0).locator("[data-links]").first).to_have_css("border-bottom-style", "dotted")
    rows.nth(0).get_by_text("auto", exact=True).hover()
    expect(rows.nth(0).locator(".linked")).to_have_text(["auto", "car"])


def background(row: object) -> str:
    return row.evaluate("row => getComputedStyle(row).backgroundColor")


def test_summary_stances_and_flags_are_said_in_words(page: Page) -> None:
    rows = page.locator("article").first.locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("in the summary")
    expect(rows.nth(0)).to_contain_text("Kia: praised by Anna Berg")
    assert rows.nth(0).locator(".evidence.favor").count() == 2
    expect(rows.nth(1)).to_contain_text("figure changed")
    expect(rows.nth(1).locator(".flag")).to_have_attribute("title", re.compile("a figure of the source"))


def test_a_bar_leads_to_its_sentences_and_they_to_their_document(page: Page) -> None:
    page.get_by_role("link", name="Kia, praised: 2").click()
    sentences = page.locator("section.sentences:target")
    expect(sentences.locator("tbody tr")).to_have_count(2)
    sentences.get_by_role("link", name="The Kia is a great car.").last.click()
    expect(page.locator("tr:target")).to_contain_text("De Kia is een geweldige auto.")
    page.get_by_role("link", name="2026-02-03, praised: 1").focus()
    page.keyboard.press("Enter")
    expect(page.locator("section.sentences:target tbody tr")).to_have_count(1)


def test_a_bar_leads_to_a_document_that_the_filter_hides(page: Page) -> None:
    page.get_by_role("searchbox").fill("opel")
    expect(page.locator("article:visible")).to_have_count(1)
    page.get_by_role("link", name="Kia, praised: 2").click()
    expect(page.locator("article:visible")).to_have_count(1)  # the sentences are no document
    page.locator("section.sentences:target").get_by_role("link", name="The Kia is a great car.").last.click()
    expect(page.locator("tr:target")).to_be_in_viewport()
    expect(page.get_by_role("searchbox")).to_have_value("")
    expect(page.locator("#count")).to_have_text("3 shown")


def test_the_filter_holds_after_a_way_back(tmp_path: Path, context: BrowserContext) -> None:
    (tmp_path / "other.html").write_text("<title>other</title>")
    page = context.new_page()
    page.goto(report(tmp_path, [document(1), document(2, "Opel"), document(3)]))
    page.get_by_role("combobox", name="Target").select_option("Opel")
    page.goto((tmp_path / "other.html").as_uri())
    page.go_back()
    expect(page.get_by_role("combobox", name="Target")).to_have_value("Opel")
    expect(page.locator("#count")).to_have_text("1 shown")
    assert len(shown(page)) == 1


def test_the_brief_is_copied_and_downloaded(page: Page, tmp_path: Path) -> None:
    article = page.locator("article").first
    article.get_by_role("button", name="Copy brief").click()
    expect(article.get_by_role("status")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("# The Kia is a great car.")
    with page.expect_download() as download:
        article.get_by_role("button", name="Download brief").click()
    assert download.value.suggested_filename == "artikel-1.md"
    assert Path(download.value.path()).read_text(encoding="utf-8") == copied


def test_nothing_in_a_document_becomes_markup(tmp_path: Path, context: BrowserContext) -> None:
    nasty = document(1, f"{SCRIPT}\"'&", title=SCRIPT, url="javascript:alert(1)", date=SCRIPT)
    nasty.id = f"{SCRIPT}</script>"
    nasty.notes = {SCRIPT: [SCRIPT]}
    nasty.segments[0].flags = [SCRIPT]
    page = context.new_page()
    page.goto(report(tmp_path, [nasty, document(2)]))
    assert page.title() == "Polderbrief report"
    assert page.locator("script:not([type])").count() == 1
    assert page.locator("a[href^=javascript]").count() == 0
    expect(page.locator("article h2").first).to_have_text(SCRIPT)
    page.get_by_role("searchbox").fill("pwned")
    assert len(shown(page)) == 1
    page.get_by_role("combobox", name="Target").select_option(nasty.stances[0].target)
    assert len(shown(page)) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_contrast_enough(tmp_path: Path, browser: Browser, scheme: str) -> None:
    page = browser.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(report(tmp_path, [document(1)]))
    colours = {name: variable(page, name) for name in ("paper", "lit", "ink", "quiet", "link")}
    colours |= {name: variable(page, name) for name in ("favor", "against", "neutral", "flag", "mark")}
    assert background(page.locator("body")) == f"rgb{colours['paper']}"
    for paper in ("paper", "lit"):
        for name in set(colours) - {"paper", "lit"}:
            assert contrast(colours[paper], colours[name]) >= 4.5, (scheme, paper, name)
    page.close()


def variable(page: Page, name: str) -> tuple[int, int, int]:
    value = page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}')").strip("# ")
    return int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16)


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """As WCAG 2.2 has it."""

    def luminance(colour: tuple[int, int, int]) -> float:
        parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_a_phone_and_a_printer_get_all_of_it(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.emulate_media(media="print")
    assert not page.locator("#filter").is_visible()
    assert page.locator("article").first.is_visible()


@pytest.mark.slow
def test_a_thousand_documents_open_at_once_and_have_pages(tmp_path: Path, context: BrowserContext) -> None:
    def long(number: int) -> Document:
        made = document(number, f"Merk{number % 40}")
        made.segments += [made.segments[1]] * 30
        return made

    url = report(tmp_path, [long(number) for number in range(1_000)])
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url)
    page.get_by_role("searchbox").fill("merk7 999")
    seconds = time.perf_counter() - began
    print(f"opened and filtered in {seconds:.2f} s")
    assert seconds < 2
    page.get_by_role("searchbox").fill("kost 907 euro")
    assert len(shown(page)) == 1
    page.get_by_role("link", name="The Merk27 is a great car.").first.click()
    expect(page.locator("article tbody tr")).to_have_count(32)
    page.get_by_role("link", name="All documents").click()
    expect(page.locator("#documents > li")).to_have_count(1_000)


def test_a_long_list_has_pages(tmp_path: Path, context: BrowserContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.report.build._LISTED", 2)
    monkeypatch.setattr("pipeline.report.build._ONE_PAGE", 3)
    page = context.new_page()
    page.goto(report(tmp_path, [document(number) for number in range(1, 6)]))
    assert len(shown(page)) == 2
    page.get_by_role("link", name="Kia, praised: 3").click()
    expect(page.locator("section.sentences:target tbody tr")).to_have_count(3)
    page.get_by_role("link", name="from 5").click()
    assert len(shown(page)) == 1
    page.locator("#documents a").click()
    expect(page.locator("article")).to_contain_text("Hij kost 5 euro.")


def test_old_pages_go_and_what_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"documents\.jsonl: cannot be read.*name the output folder of a run"):
        build(tmp_path)
    report(tmp_path, [document(number) for number in range(1, 3)])
    (tmp_path / "report" / "documents").mkdir()
    (tmp_path / "report" / "documents" / "old.html").write_text("")
    build(tmp_path)
    assert [path.name for path in (tmp_path / "report").rglob("*.html")] == ["index.html"]


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[]",
        b"1",
        b"\xff",
        b'{"id": "a", "source": "b", "metadata": "c"}',
        b'{"id": "a", "source": "b", "stances": [{"target": "c", "label": "favor", "score": 0.9, "evidence": [7]}]}',
        b'{"id": "a", "source": "b", "stances": [{"target": "c", "label": "?", "score": 0.9, "evidence": []}]}',
    ],
)
def test_a_line_that_is_no_document_is_named(tmp_path: Path, line: bytes) -> None:
    report(tmp_path, [document(1)])
    with (tmp_path / "documents.jsonl").open("ab") as file:
        file.write(line)
    with pytest.raises(OutputError, match=r"documents\.jsonl:2: no document of a run: ."):
        build(tmp_path)


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    report(tmp_path, [document(1)])
    discard(tmp_path)
    (tmp_path / "report").write_text("A file of the user's.")
    with pytest.raises(OutputError, match=rf"{tmp_path}/report: cannot be written: "):
        build(tmp_path)


def test_the_report_is_opened_and_made_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("typer.launch", opened.append)
    report(tmp_path, [document(1)])
    page = tmp_path / "report" / "index.html"
    page.unlink()
    open_report(tmp_path)
    assert page.is_file()
    assert opened == [str(page)]


def test_without_a_browser_the_path_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("typer.launch", lambda _: 1)
    report(tmp_path, [document(1)])
    with pytest.raises(typer.Exit) as caught:
        open_report(tmp_path)
    assert caught.value.exit_code == 1
    assert f"{tmp_path}/report/index.html: no browser can be started here" in capsys.readouterr().err


@pytest.mark.slow
def test_the_seeds_have_a_report_that_old_runs_can_have_anew(tmp_path: Path, context: BrowserContext) -> None:
    stages = "split, language, translate, check, align, summarize, stance"
    done = polderbrief("run", SEEDS, "--output", tmp_path / "out", "--set", f"stages=[{stages}]")
    assert done.returncode == 0, done.stderr
    index = tmp_path / "out" / "report" / "index.html"
    first = index.read_bytes()
    index.unlink()
    again = polderbrief("report", tmp_path / "out")
    assert again.stdout.strip() == str(index)
    assert index.read_bytes() == first
    page = context.new_page()
    page.goto(index.as_uri())
    page.get_by_role("searchbox").fill("geweldige auto")
    assert len(shown(page)) == 1
    page.get_by_role("button", name="Clear").click()
    page.screenshot(path=SHOTS / "report.png")
    page.locator("article").first.locator("tbody tr").nth(19).scroll_into_view_if_needed()
    page.locator("article").first.locator("tbody tr").nth(19).hover()
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=SHOTS / "document-dark.png")
