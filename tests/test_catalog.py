"""The model shelf: names, folders, hub ids, and files that are not what they should be."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, polderbrief

from pipeline import catalog
from pipeline.errors import ModelError

EMBEDDED = ROOT / "models" / "marian-mini-nl-en"


def test_names_folders_and_hub_ids() -> None:
    assert catalog.resolve("marian-mini-nl-en").folder == EMBEDDED
    assert catalog.resolve(str(EMBEDDED)).folder == EMBEDDED
    assert catalog.resolve("opus-mt-nl-en").hub == "Helsinki-NLP/opus-mt-nl-en"
    assert catalog.resolve("facebook/bart-large-cnn") == catalog.resolve("bart-large-cnn")
    assert catalog.resolve("bart-large-cnn", "v1").revision == "v1"
    assert catalog.resolve("owner/name").revision == "main"
    for name in ("marian-mini-nl-en", str(EMBEDDED)):
        with pytest.raises(ModelError, match="only a model of the hub has revisions; leave out 'v1'"):
            catalog.resolve(name, "v1")


def test_unknown_model_gets_a_suggestion() -> None:
    with pytest.raises(ModelError, match="did you mean 'marian-mini-nl-en'"):
        catalog.resolve("marian-mini-nl-eng")


@pytest.mark.parametrize("file", sorted(catalog.load()["marian-mini-nl-en"].files))
def test_an_altered_or_missing_file_is_named(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(EMBEDDED, folder)
    model = replace(catalog.resolve("marian-mini-nl-en"), folder=folder)
    model.verify()
    with (folder / file).open("r+b") as opened:
        first = opened.read(1)
        opened.seek(0)
        opened.write(bytes([first[0] ^ 1]))
    with pytest.raises(ModelError, match=rf"{file} differs from the catalog"):
        model.verify()
    (folder / file).unlink()
    with pytest.raises(ModelError, match=rf"{file} is missing"):
        model.verify()


def test_every_file_of_an_embedded_model_is_in_the_catalog() -> None:
    for model in catalog.load().values():
        if model.folder:
            files = {path.name for path in model.folder.iterdir() if path.suffix != ".md"}
            assert files == set(model.files)
            most = 25e6 if model.task == "translation" else 50e6
            assert sum(path.stat().st_size for path in model.folder.iterdir()) < most


def test_only_full_commits_count_as_pinned() -> None:
    shelf = catalog.load()
    assert shelf["bart-large-cnn"].pinned
    assert shelf["marian-mini-nl-en"].pinned
    assert not shelf["opus-mt-nl-en"].pinned


def test_a_mistyped_folder_is_not_taken_for_a_hub_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(ModelError, match="no model is called 'models/marian-mini'"):
        catalog.resolve("models/marian-mini")


def test_models_command_checks_the_shelf() -> None:
    done = polderbrief("models")
    assert done.returncode == 0
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "sha256 checked" in lines["marian-mini-nl-en"]
    assert "Apache-2.0" in lines["marian-mini-nl-en"]
    assert "revision not pinned" in lines["opus-mt-nl-en"]
    assert "revision not pinned" not in lines["bart-large-cnn"]
