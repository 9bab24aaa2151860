"""Where settings come from, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from wirewatch.config.definition import Setting
from wirewatch.config.resolution import (
    Layer,
    SettingsError,
    definitions,
    environment_layer,
    file_layer,
    file_layers,
    resolve,
)
from wirewatch.detect.large_upload import LargeUploadSettings


def one(key: str, value: object) -> list[Layer]:
    return [Layer("--set", ((key, value),))]


def test_without_layers_everything_is_the_default() -> None:
    resolution = resolve()
    assert set(resolution.origins.values()) == {"default"}


def test_the_last_layer_counts() -> None:
    layers = [
        Layer("system", (("engine.workers", 2),)),
        Layer("user", (("engine.workers", 3),)),
    ]
    assert resolve(layers).settings.engine.workers == 3


def test_a_value_knows_where_it_came_from() -> None:
    assert resolve(one("engine.workers", "2")).origins["engine.workers"] == "--set"


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"'engine.workerz'.*'engine.workers'"):
        resolve(one("engine.workerz", "2"))


def test_a_key_in_the_wrong_section_names_the_right_one() -> None:
    with pytest.raises(SettingsError, match=r"did you mean 'capture.checksums'"):
        resolve(one("engine.checksums", "ignore"))


def test_underscores_may_stand_for_hyphens() -> None:
    assert resolve(one("flow.use_vlan", "no")).settings.flow.use_vlan is False


def test_a_bad_value_names_key_value_and_place() -> None:
    with pytest.raises(SettingsError, match=r"--set: engine.workers = 'many'.*whole number"):
        resolve(one("engine.workers", "many"))


def test_a_value_out_of_bounds_is_an_error() -> None:
    with pytest.raises(SettingsError, match="at least 32M"):
        resolve(one("engine.memory", "1M"))


def test_a_choice_must_be_one_of_those_offered() -> None:
    with pytest.raises(SettingsError, match="'maybe' is not one of auto, check, tell, ignore"):
        resolve(one("capture.checksums", "maybe"))


def test_entries_of_a_table_are_set_one_by_one_and_keep_their_case() -> None:
    layers = one("detect.variables.DNS_SERVERS", "192.0.2.53") + one(
        "detect.variables.HTTP_PORTS", "80"
    )
    assert resolve(layers).settings.detect.variables == {
        "DNS_SERVERS": "192.0.2.53",
        "HTTP_PORTS": "80",
    }


def test_a_file_gives_nested_tables(tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.toml"
    path.write_text('[flow.timeouts]\ntcp-new = "2m"\n[detect.variables]\nX = "192.0.2.1"\n')
    settings = resolve([file_layer(path)]).settings
    assert settings.timeouts.tcp_new == 120
    assert settings.detect.variables == {"X": "192.0.2.1"}


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "wirewatch.toml"
    path.write_text("[flow")
    with pytest.raises(SettingsError, match=r"wirewatch\.toml: not valid TOML"):
        file_layer(path)


def test_a_file_asked_for_must_exist(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(file_layers(str(tmp_path / "absent.toml")))


@pytest.mark.parametrize("name", ["WIREWATCH_FLOW_USE_VLAN", "WIREWATCH_FLOW__USE_VLAN"])
def test_the_environment_sets(name: str) -> None:
    resolution = resolve(environment_layer({name: "no"}))
    assert resolution.settings.flow.use_vlan is False
    assert resolution.origins["flow.use-vlan"] == name


def test_an_unknown_variable_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"WIREWATCH_FLOW_USE_VLAM.*WIREWATCH_FLOW_USE_VLAN"):
        list(environment_layer({"WIREWATCH_FLOW_USE_VLAM": "no"}))


def test_detectors_have_sections() -> None:
    settings = resolve(one("detect.large-upload.megabytes", "7")).settings
    assert settings.detectors["large_upload"] == LargeUploadSettings(megabytes=7)


def test_every_setting_has_a_keyword_of_its_own() -> None:
    keywords = [setting.keyword for setting in definitions().values()]
    assert len(set(keywords)) == len(keywords)


@pytest.mark.parametrize("setting", definitions().values(), ids=lambda one: one.key)
def test_every_setting_is_a_sentence_and_reads_its_own_default(setting: Setting) -> None:
    assert setting.doc.endswith(".")
    shown = setting.show(setting.default)
    if not setting.kind.name.startswith("table"):
        assert setting.parse(shown) == setting.default
