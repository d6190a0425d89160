"""Whatever is wrong with a configuration is one clear line that names the file and the key."""

from pathlib import Path

import pytest
from conftest import ROOT, polderbrief

from pipeline.config import load_config
from pipeline.errors import ConfigError

GOOD = "stages: [split, language, translate, summarize, stance]\n"


def complaint(tmp_path: Path, text: str, *overrides: str) -> str:
    path = tmp_path / "my.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path, overrides)
    for line in caught.value.lines:
        assert "\n" not in line
    return str(caught.value).replace(str(tmp_path) + "/", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + "split: {language: zz}", "my.yaml: split.language: no language has the code 'zz'"),
        (GOOD + "translate: 0", "my.yaml: translate: input should be a valid dictionary"),
        (GOOD + "stance: {targets: ['']}", "my.yaml: stance.targets.0.name: string should have at least 1 character"),
        (GOOD + "stance: {targets: [{nme: X}]}", "my.yaml: stance.targets.0.nme: unknown key; did you mean 'name'?"),
        (GOOD + "device: 2025-02-30", "my.yaml: not valid YAML: day is out of range for month"),
        ("stages: [.x:Y]", "my.yaml: stages[0]: no stage at '.x:Y'"),
        (GOOD + "translate: {beem: 1}", "my.yaml: translate.beem: unknown key; did you mean 'beam'?"),
        (GOOD + "translate: {beam: four}", "my.yaml: translate.beam: input should be a valid integer (got 'four')"),
        (GOOD + "translate: {beam: 0}", "my.yaml: translate.beam: input should be greater than or equal to 1 (got 0)"),
        (GOOD + "translat: {beam: 1}", "my.yaml: translat: unknown key; did you mean 'translate'?"),
        (GOOD + "input: {encoding: utf-9}", "my.yaml: input.encoding: no encoding is called 'utf-9'"),
        (GOOD + "input: {enkoding: utf-8}", "my.yaml: input.enkoding: unknown key; did you mean 'encoding'?"),
        (GOOD + "output: {formats: [pdf]}", "my.yaml: output.formats.0: input should be 'jsonl', 'markdown', 'digest'"),
        (GOOD + "device: tpu", "my.yaml: device: input should be 'auto', 'cuda', 'mps' or 'cpu' (got 'tpu')"),
        (GOOD + "language: {expected: [nl, zz]}", "my.yaml: language.expected.1: no language has the code 'zz'"),
        (GOOD + "stance: {favor_hypothesis: goed}", "my.yaml: stance.favor_hypothesis: must hold {target}"),
        ("stages: [split, langauge]", "my.yaml: stages[1]: no stage is called 'langauge'; did you mean 'language'?"),
        ("stages: [split, split]", "my.yaml: stages[1]: 'split' stands twice"),
        ("stages: [nowhere:Stage]", "my.yaml: stages[0]: no stage at 'nowhere:Stage'"),
        ("stages: ['json:JSONDecoder']", "my.yaml: stages[0]: 'json:JSONDecoder' is not a stage"),
        ("stages: []", "my.yaml: stages: list should have at least 1 item"),
        ("stages: split", "my.yaml: stages: input should be a valid list (got 'split')"),
        ("device: cpu", "my.yaml: stages: field required"),
        (
            "stages: [split, translate, language]",
            "my.yaml: stages: stage 'translate' needs segments.language, which no stage before it provides; "
            "move 'language' before it",
        ),
        ("stages: [split, summarize]", "needs segments.target, which no stage before it provides; add 'translate'"),
        ("stages: [split", "my.yaml: not valid YAML in line 1"),
        ("- a", "my.yaml: must hold keys and values"),
        (GOOD + "device: cpu\ndevice: cuda", "my.yaml: not valid YAML in line 3: 'device' stands twice"),
    ],
)
def test_complaints(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in complaint(tmp_path, text)


def test_every_mistake_has_its_line(tmp_path: Path) -> None:
    text = complaint(tmp_path, GOOD + "translate: {beam: x, modl: y}\ninput: {pattern: 3}")
    assert len(text.splitlines()) == 3


def test_set_wins_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(GOOD + "translate: {beam: 4}")
    config, _ = load_config(path, ["translate.beam=1", "output.formats=[jsonl]", "stance.targets=[Tesla]"])
    assert config.options["translate"].beam == 1
    assert config.output.formats == ["jsonl"]
    assert [target.name for target in config.options["stance"].targets] == ["Tesla"]
    assert complaint(tmp_path, GOOD, "translate.beem=1").startswith("--set translate.beem: unknown key")
    assert "write key.key=value" in complaint(tmp_path, GOOD, "translate.beam")
    config, _ = load_config(path, ["input.pattern=*.txt", "stages=[split]"])
    assert (config.input.pattern, list(config.options)) == ("*.txt", ["split"])
    assert "holds no keys" in complaint(tmp_path, GOOD, "stages.x=1")


def test_an_engine_by_its_name_takes_more_keys(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(GOOD + "engine: ray")
    for overrides in (
        ["engine.num_gpus=1", "engine.memory=false"],
        ["engine=ray", "engine.num_gpus=1", "engine.memory=false"],
    ):
        config, _ = load_config(path, overrides)
        assert (config.engine.kind, config.engine.num_gpus, config.engine.memory) == ("ray", 1, False)
    expected = "--set engine.kind: input should be 'local' or 'ray' (got 'rai')"
    assert complaint(tmp_path, GOOD, "engine=rai") == expected


def test_missing_file() -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: no such configuration file; shipped by name: default, hub"):
        load_config("nowhere.yaml")
    with pytest.raises(ConfigError, match="no such configuration file"):
        load_config("/nowhere/configs/default.yaml")


@pytest.mark.parametrize("name", ["default", "hub", "configs/default.yaml", ROOT / "configs" / "hub.yaml"])
def test_shipped_configurations_load(name: str | Path) -> None:
    config, classes = load_config(name)
    expected = ["split", "language", "translate", "check", "summarize", "stance"]
    assert [cls.name for cls in classes] == config.stages == expected


def test_the_whole_configuration_goes_round(tmp_path: Path) -> None:
    config, _ = load_config("default")
    again, _ = load_config(config.to_dict())
    assert again.to_dict() == config.to_dict()


def test_command_exits_with_2_and_one_line_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(GOOD + "translate: {beem: 1}\nsummarize: {sentences: none}")
    done = polderbrief("run", "seeds", "--config", path, "--output", tmp_path / "out")
    assert done.returncode == 2
    assert done.stdout == ""
    assert [line.split(": ")[2] for line in done.stderr.splitlines()] == ["translate.beem", "summarize.sentences"]
    assert not (tmp_path / "out").exists()
