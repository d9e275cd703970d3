"""Dockerfile, compose.yaml, and what Kubernetes shares with them: all that they name is there."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from prefect.settings.models.root import Settings as PrefectSettings
from pydantic import AliasChoices, BaseModel

from promptpress.settings import Settings
from tasks.policy import RECORDS, RUNS_GRACE
from tests.architecture.kubernetes import KUBERNETES, containers, pods, runs_flows
from tests.architecture.tree import ROOT

COMPOSE: Any = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = cast("dict[str, dict[str, Any]]", COMPOSE["services"])
OURS = {name: one for name, one in SERVICES.items() if "build" in one}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def _prefect_names(model: type[BaseModel] = PrefectSettings) -> Iterator[str]:
    """Give the variables by which Prefect's settings are set."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _prefect_names(field.annotation)
        alias = field.validation_alias
        if isinstance(alias, AliasChoices):
            yield from (one.upper() for one in alias.choices if isinstance(one, str))
        else:
            yield (str(model.model_config.get("env_prefix") or "") + name).upper()


def _commands() -> Iterator[list[str]]:
    """Give every command that is run in our image."""
    for one in OURS.values():
        yield one["command"]
        yield from ([one["healthcheck"]["test"][1:]] if "healthcheck" in one else [])
    for container in containers():
        yield container["args"]
        probes = [container[name] for name in container if name.endswith("Probe")]
        yield from (probe["exec"]["command"] for probe in probes)
    yield json.loads(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[0])


def _variables() -> set[str]:
    named = {name for one in SERVICES.values() for name in one.get("environment", {})}
    maps = [one["data"] for one in KUBERNETES if one["kind"] == "ConfigMap"]
    blocks = re.findall(r"^ENV ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
    inside = {word.partition("=")[0] for block in blocks for word in block.split() if "=" in word}
    return named | {name for one in maps for name in one} | inside


def test_the_image_leaves_out_what_is_not_named() -> None:
    """The list of what goes into an image begins with nothing, and what it adds is there."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    added = {line[1:] for line in patterns if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)

    assert patterns[0] == "*"
    assert added == {name for line in copied for name in line.split()}
    assert [name for name in added if not (ROOT / name).exists()] == []


def test_the_image_runs_as_nobody_and_hears_signals() -> None:
    """It has a number for a user, an init in front, and no command that goes through a shell."""
    assert re.search(r"^USER [1-9]\d*:0$", DOCKERFILE, re.MULTILINE)
    assert 'ENTRYPOINT ["tini", "--"]' in DOCKERFILE
    assert "STOPSIGNAL SIGTERM" in DOCKERFILE
    assert all(isinstance(command, list) for command in _commands())


def test_no_image_floats() -> None:
    """Every image of others is named with a version; ours is what is built here."""
    (base,) = re.findall(r"^ARG BASE=(.+)$", DOCKERFILE, re.MULTILINE)
    others = [one["image"] for name, one in SERVICES.items() if name not in OURS]

    assert all(re.fullmatch(r"[a-z/-]+:\d[\w.-]*", image) for image in [base, *others])


def test_every_variable_is_a_setting() -> None:
    """What the files set is read by us, by Prefect, by PostgreSQL's image or by any program."""
    # Imported so because it has no types.
    redis = importlib.import_module("prefect_redis.client").RedisMessagingSettings
    messaging = {f"PREFECT_REDIS_MESSAGING_{name.upper()}" for name in redis.model_fields}
    ours = {name.upper() for name in Settings.model_fields}
    postgres = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
    anybody = {
        "PATH",
        "HOME",
        "USER",
        "DO_NOT_TRACK",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONUNBUFFERED",
    }
    homes = {"PREFECT_HOME", "PREFECT_API_URL"}

    known = {*_prefect_names(), *messaging, *ours, *postgres, *anybody, *homes}
    assert _variables() - known == set()


def test_every_module_and_program_that_a_command_names_is_there() -> None:
    """What containers run can be imported, or stands in the environment beside Python."""
    for command in _commands():
        program, *rest = command
        if program == "python":
            module = ROOT / rest[1].replace(".", "/")
            assert module.with_suffix(".py").exists() or (module / "__main__.py").exists(), command
        else:
            assert shutil.which(program, path=str(Path(sys.executable).parent)), command


def _told(*words: str) -> str:
    command = [sys.executable, "-m", "prefect", *words, "--help"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return done.stdout


@pytest.mark.parametrize(
    "words",
    [("server", "start"), ("server", "database", "upgrade")],
    ids=" ".join,
)
def test_prefect_knows_the_options(words: tuple[str, ...]) -> None:
    """Every option of a command of Prefect is one that it lists."""
    begins = ["prefect", *words]
    used = [[w for w in c if w != "--no-prompt"] for c in _commands()]
    options = {
        word
        for command in used
        if command[: len(begins)] == begins
        for word in command
        if word.startswith("--")
    }
    told = _told(*words)

    assert options
    assert {option for option in options if option not in told} == set()


def test_nothing_is_open_to_the_net_and_no_secret_is_in_the_file() -> None:
    """Ports are bound to loopback; passwords come from outside or the start stops."""
    ports = [port for one in SERVICES.values() for port in one.get("ports", ())]
    values = [str(v) for one in SERVICES.values() for v in one.get("environment", {}).values()]
    passwords = [found[1] for value in values if (found := re.search(r"//\w+:(.*)@", value))]
    passwords += [SERVICES["postgres"]["environment"]["POSTGRES_PASSWORD"]]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len(passwords) > 3
    assert all(re.fullmatch(r"\$\{POSTGRES_PASSWORD:\?[^}]+\}", one) for one in passwords)


def test_what_a_service_uses_is_declared() -> None:
    """Volumes, networks, files and services that others wait for are there."""
    for name, one in SERVICES.items():
        mounts = [mount.split(":")[0] for mount in one.get("volumes", ())]
        assert {m for m in mounts if not m.startswith(".")} <= set(COMPOSE["volumes"]), name
        assert [m for m in mounts if m.startswith(".") and not (ROOT / m).is_file()] == [], name
        assert set(one["networks"]) <= set(COMPOSE["networks"]), name
        for other, how in one.get("depends_on", {}).items():
            waited = SERVICES[other]
            ends = waited.get("restart") == "no"
            wanted = "service_completed_successfully" if ends else "service_healthy"
            assert how["condition"] == wanted, (name, other)
            assert ends or "healthcheck" in waited, (name, other)


def test_the_site_may_be_read_by_what_serves_it() -> None:
    """nginx is in the group whose folder the site is; its check asks for a page, not for itself."""
    (group,) = re.findall(r"install -d -o \d+ -g (\d+) -m 2770 .*/data/site", DOCKERFILE)
    site = SERVICES["site"]
    assert site["user"].split(":")[1] == group
    assert " http://127.0.0.1:8000/ " in site["healthcheck"]["test"][1]


def test_what_env_says_of_another_machine_does_not_count() -> None:
    """Whatever .env says, data lies in the volumes, and notices link to where a browser gets."""
    for one in (one for one in OURS.values() if "env_file" in one):
        assert one["environment"]["DATA_DIR"] == "/data"
        assert "//server:" not in one["environment"]["PREFECT_UI_URL"]
        assert "data:/data" in one["volumes"]


def _comes_after(name: str) -> set[str]:
    before = set(SERVICES[name].get("depends_on", {}))
    return before | {further for one in before for further in _comes_after(one)}


def test_migrations_come_before_everything() -> None:
    """Prefect's server waits for its tables, and the workers for those of the queue."""
    assert "migrate-prefect" in _comes_after("server")
    assert {"migrate", "migrate-prefect", "server", "provision"} <= _comes_after("worker")
    assert SERVICES["worker"]["environment"]["MIGRATIONS"] == "by-hand"
    assert SERVICES["server"]["environment"]["PREFECT_SERVER_DATABASE_MIGRATE_ON_START"] == "false"


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_bounded(name: str) -> None:
    """None takes all memory or fills the disk with its log; ours write where they may only."""
    one = SERVICES[name]

    assert one["mem_limit"]
    assert one["logging"]["options"]["max-size"]
    assert one["restart"] in ("unless-stopped", "no")
    if name in OURS or name == "site":
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]


def test_a_worker_has_the_time_to_stop() -> None:
    """Longer than what its runs get to end, and what it takes to tell Prefect of them."""
    needed = RUNS_GRACE + RECORDS
    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) > needed
    waits = [pod.get("terminationGracePeriodSeconds", 30) for pod in pods() if runs_flows(pod)]
    assert waits
    assert min(waits) > needed


def test_every_worker_is_one_that_ends_in_order() -> None:
    """Prefect's own kills its runs at once; ours knows each option that it is given."""
    workers = [command for command in _commands() if "deployments.worker" in command]
    known = [sys.executable, "-m", "deployments.worker", "--help"]
    told = subprocess.run(
        known, check=True, cwd=ROOT, capture_output=True, text=True, timeout=120
    ).stdout

    assert len(workers) == 3  # compose, Kubernetes, the image by itself
    assert all("--with-healthcheck" in command for command in workers)
    options = {word for command in workers for word in command if word.startswith("--")}
    assert {option for option in options if option not in told} == set()
    assert [command for command in _commands() if command[:2] == ["prefect", "worker"]] == []
