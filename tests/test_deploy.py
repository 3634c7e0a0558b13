"""What deploy/ says holds: its files are what their readers take, and they agree with the bot and with each other."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import kubernetes_validate
import promql_parser
import pytest
import pytest_asyncio
import yaml
from compose_spec import PyCompose
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.settings import ROOT, Settings
from bot.telegram import application, webhook
from bot.telegram.health import ALIVE_PATH, METRICS_PATH, READY_PATH
from tests.telegram.stage import Stage, free_port, running, stage

DEPLOY = ROOT / "deploy"
BASE = DEPLOY / "kubernetes" / "base"
EXAMPLE = DEPLOY / "kubernetes" / "overlays" / "example"
TEXTS = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and "secrets" not in path.parts]
CADDY = Path(sys.executable).parent / "caddy"
OLDEST_KUBERNETES = "1.30"

Manifest = dict[str, Any]


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def manifests() -> Iterator[Manifest]:
    """What stands in deploy/kubernetes, as it stands there."""
    for path in sorted((DEPLOY / "kubernetes").rglob("*.yaml")):
        if path.name != "kustomization.yaml":
            yield from yaml.safe_load_all(path.read_text("utf-8"))


def one(kind: str) -> Manifest:
    (found,) = [manifest for manifest in manifests() if manifest["kind"] == kind]
    return found


def pods() -> list[Manifest]:
    return [one("Deployment")["spec"]["template"], one("CronJob")["spec"]["jobTemplate"]["spec"]["template"]]


def compose() -> Manifest:
    """The services as `docker compose` reads them, with the variables that must be set and the defaults of others."""
    text = re.sub(r"\$\{SITE[^}]*\}", "bot.example.org", text_of("compose.yaml"))
    read: Manifest = yaml.safe_load(re.sub(r"\$\{\w+(?::-([^}]*))?\}", r"\1", text))
    return read


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


# What is read


@pytest.mark.parametrize("version", [OLDEST_KUBERNETES, kubernetes_validate.latest_version()])
def test_manifests_are_what_kubernetes_takes(version: str) -> None:
    checked = [one for one in manifests() if not one["apiVersion"].startswith("monitoring.coreos.com/")]
    for manifest in checked:
        kubernetes_validate.validate(manifest, version, strict=True)
    assert {"Deployment", "Service", "Ingress", "NetworkPolicy", "CronJob"} <= {one["kind"] for one in checked}


@pytest.mark.parametrize("folder", [BASE, EXAMPLE], ids=lambda folder: folder.name)
def test_a_kustomization_names_all_that_is_there(folder: Path) -> None:
    named = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))["resources"]
    assert all((folder / name).exists() for name in named)
    assert {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"} == {
        name for name in named if name.endswith(".yaml")
    }


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not installed")
def test_the_example_can_be_built(tmp_path: Path) -> None:
    shutil.copytree(DEPLOY / "kubernetes", tmp_path / "kubernetes")
    folder = tmp_path / "kubernetes" / EXAMPLE.relative_to(DEPLOY / "kubernetes")
    (folder / "secrets").mkdir(exist_ok=True)
    for key in yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))["secretGenerator"][0]["files"]:
        (folder / key).write_text("secret", "utf-8")
    built = subprocess.run(["kubectl", "kustomize", folder], check=True, capture_output=True, text=True).stdout
    found = {manifest["kind"]: manifest for manifest in yaml.safe_load_all(built)}
    pod = found["Deployment"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"].startswith("registry.example.org/sco-bot:")
    assert pod["volumes"][0]["secret"]["secretName"] == found["Secret"]["metadata"]["name"]
    assert found["Secret"]["metadata"]["name"] != "sco-bot"  # a new secret has a new name, and so new pods


def test_the_services_are_what_compose_takes() -> None:
    PyCompose.from_yaml(yaml.safe_dump(compose())).to_spec()


def test_the_proxy_takes_its_file() -> None:
    environment = {"SITE": "bot.example.org", "REPLICAS": "bot-a:8080 bot-b:8080", "HOME": os.devnull}
    command = [str(CADDY), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in [json.loads(line)["level"] for line in done.stderr.splitlines() if line.startswith("{")]


# What they agree on


def test_every_setting_that_is_named_is_one() -> None:
    known = {name.upper() for name in Settings.model_fields}
    known |= {
        f"{name.upper()}_FILE" for name, one in Settings.model_fields.items() if SecretStr in _types(one.annotation)
    }
    named = {
        name for path in TEXTS for name in re.findall(r"\b(?:BOT_|DATABASE_URL)[A-Z_]*\b", path.read_text("utf-8"))
    }
    assert named <= known
    assert {"BOT_TOKEN_FILE", "BOT_WEBHOOK_SECRET_FILE", "DATABASE_URL_FILE"} <= named


def _types(annotation: Any) -> tuple[Any, ...]:
    return (annotation, *getattr(annotation, "__args__", ()))


def test_every_secret_is_where_its_setting_looks() -> None:
    services = compose()["services"]
    for service in services.values():
        for name, path in service.get("environment", {}).items():
            if name.endswith("_FILE"):
                assert Path(path).name in service["secrets"]
                assert path.startswith("/run/secrets/")
    generated = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text("utf-8"))["secretGenerator"][0]["files"]
    for pod in pods():
        (container,) = pod["spec"]["containers"]
        (mount,) = [one for one in container["volumeMounts"] if one["name"] == "secrets"]
        looked_for = {one["value"] for one in container["env"] if one["name"].endswith("_FILE")}
        assert looked_for <= {f"{mount['mountPath']}/{Path(one).name}" for one in generated}


def test_the_image_has_a_python_that_the_bot_runs_on() -> None:
    version = re.search(
        r"^ARG PYTHON=\S+/python:([\d.]+)-slim-\w+@sha256:[0-9a-f]{64}$", text_of("Containerfile"), re.M
    )
    assert version
    required = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert required.startswith(">=")
    assert [int(part) for part in version[1].split(".")] >= [int(part) for part in required[2:].split(".")]


def test_the_image_gets_all_that_it_copies_and_no_secret() -> None:
    patterns = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    allowed = {line[1:] for line in patterns if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text_of("Containerfile"), re.MULTILINE)
    assert patterns[1] == "*"
    assert {name for line in copied for name in line.split()} == allowed
    assert all((ROOT / name).exists() for name in allowed)


def test_ports_agree() -> None:
    image = dict(re.findall(r"(BOT_\w+)=(\S+)", text_of("Containerfile")))
    listen, health = (int(image[name].rpartition(":")[2]) for name in ("BOT_LISTEN", "BOT_HEALTH_LISTEN"))
    assert f"EXPOSE {listen} {health}" in text_of("Containerfile")
    assert f"http://127.0.0.1:{health}{ALIVE_PATH}" in text_of("Containerfile")
    services = compose()["services"]
    bots = [name for name in services if name.startswith("bot-")]
    assert services["caddy"]["environment"]["REPLICAS"] == " ".join(f"{name}:{listen}" for name in bots)
    (container,) = one("Deployment")["spec"]["template"]["spec"]["containers"]
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == {"webhook": listen, "health": health}
    assert {port["targetPort"] for port in one("Service")["spec"]["ports"]} == {"webhook", "health"}


def test_there_is_one_address_for_updates() -> None:
    path = re.search(r"path (\S+)", text_of("Caddyfile"))
    assert path
    (rule,) = one("Ingress")["spec"]["rules"]
    overlay = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text("utf-8"))
    settings = dict(literal.split("=", 1) for literal in overlay["configMapGenerator"][0]["literals"])
    assert settings["BOT_WEBHOOK_URL"] == f"https://{rule['host']}{rule['http']['paths'][0]['path']}"
    assert compose()["services"]["bot-a"]["environment"]["BOT_WEBHOOK_URL"] == f"https://bot.example.org{path[1]}"


def test_probes_ask_what_there_is() -> None:
    (container,) = one("Deployment")["spec"]["template"]["spec"]["containers"]
    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert asked == {
        "startupProbe": {"path": READY_PATH, "port": "health"},
        "readinessProbe": {"path": webhook.HEALTH_PATH, "port": "webhook"},
        "livenessProbe": {"path": ALIVE_PATH, "port": "health"},
    }
    assert f"health_uri {webhook.HEALTH_PATH}" in text_of("Caddyfile")
    (endpoint,) = one("ServiceMonitor")["spec"]["endpoints"]
    assert endpoint["path"] == METRICS_PATH


def test_nobody_is_killed_over_an_answer() -> None:
    """Whoever stops the bot waits for longer than it may take."""
    longest = webhook.FINISH_SECONDS + application.STOP_SECONDS
    pod = one("Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["terminationGracePeriodSeconds"] > container["lifecycle"]["preStop"]["sleep"]["seconds"] + longest
    assert seconds(compose()["services"]["bot-a"]["stop_grace_period"]) > longest
    unit = re.search(r"^TimeoutStopSec=(\d+)$", text_of("sco-bot.service"), re.MULTILINE)
    assert unit
    assert int(unit[1]) > longest


def test_an_upgrade_leaves_somebody_to_answer() -> None:
    deployment = one("Deployment")["spec"]
    assert deployment["replicas"] >= 2
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert deployment["replicas"] > one("PodDisruptionBudget")["spec"]["maxUnavailable"]
    bots = [service for name, service in compose()["services"].items() if name.startswith("bot-")]
    assert len(bots) >= 2


# What they may


def test_pods_have_no_rights() -> None:
    assert one("ServiceAccount")["automountServiceAccountToken"] is False
    for pod in pods():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] >= 10_000
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        for container in spec["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"].keys() == {"requests", "limits"}


def test_services_have_no_rights() -> None:
    services = compose()["services"]
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert {"mem_limit", "cpus", "pids_limit", "restart"} <= service.keys()
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]
    assert {name: service["cap_add"] for name, service in services.items() if "cap_add" in service} == {
        "caddy": ["NET_BIND_SERVICE"]
    }
    assert services["postgres"]["networks"] == ["back"]
    assert compose()["networks"]["back"]["internal"] is True


def test_the_image_runs_as_nobody_and_needs_no_shell() -> None:
    (_, final) = text_of("Containerfile").split("\nFROM ${PYTHON}\n")
    user = re.search(r"^USER (\d+):(\d+)$", final, re.MULTILINE)
    assert user
    assert int(user[1]) >= 10_000
    assert all(pod["spec"]["securityContext"]["runAsUser"] == int(user[1]) for pod in pods())
    assert "\nRUN " not in final
    assert all(json.loads(command) for command in re.findall(r"(?:CMD|ENTRYPOINT) (.+)", final))


def test_policies_and_selectors_find_the_pods() -> None:
    labels = [pod["metadata"]["labels"] for pod in pods()]
    selectors = [
        one("Deployment")["spec"]["selector"]["matchLabels"],
        one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        one("Service")["spec"]["selector"],
    ]
    for selector in selectors:
        assert [selector.items() <= one.items() for one in labels] == [True, False]
    policy = one("NetworkPolicy")["spec"]
    assert all(policy["podSelector"]["matchLabels"].items() <= one.items() for one in labels)
    assert {port["port"] for rule in policy["egress"] for port in rule["ports"]} == {53, 443, 5432}


def test_the_unit_can_be_read() -> None:
    lines = text_of("sco-bot.service").splitlines()
    settings = [line.partition("=") for line in lines if line and line[0] not in "#["]
    assert all(separator for _, separator, _ in settings)
    said = {(name, value) for name, _, value in settings}
    assert {("DynamicUser", "yes"), ("NoNewPrivileges", "yes"), ("CapabilityBoundingSet", "")} <= said


# A bot that runs, behind the proxy


@dataclass(frozen=True)
class Scene:
    """A bot behind the proxy of deploy/Caddyfile, whose other replica is down."""

    stage: Stage
    proxy: str
    health: str
    webhook: str


async def status(method: str, url: str, **more: Any) -> int:
    async with aiohttp.ClientSession() as session, session.request(method, url, **more) as response:
        return response.status


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    folder = tmp_path_factory.mktemp("deployed")
    proxy, own, health, nobody = (f"127.0.0.1:{free_port()}" for _ in range(4))
    async with stage(folder, webhook=True) as made:
        made.environment.update(BOT_WEBHOOK_URL=f"http://{proxy}/telegram", BOT_LISTEN=own, BOT_HEALTH_LISTEN=health)
        caddy = await asyncio.create_subprocess_exec(
            *(CADDY, "run", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"),
            env={"SITE": f"http://{proxy}", "REPLICAS": f"{nobody} {own}", "HOME": str(folder)},
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with running(made.environment):
                yield Scene(made, f"http://{proxy}", f"http://{health}", f"http://{own}")
        finally:
            caddy.send_signal(signal.SIGTERM)
            await caddy.wait()


@pytest.mark.asyncio(loop_scope="module")
async def test_probes_are_answered(scene: Scene) -> None:
    paths = [scene.health + ALIVE_PATH, scene.health + READY_PATH, scene.webhook + webhook.HEALTH_PATH]
    assert [await status("GET", path) for path in paths] == [200, 200, 200]


@pytest.mark.asyncio(loop_scope="module")
async def test_updates_come_through_the_proxy_and_nothing_else(scene: Scene) -> None:
    alice = await scene.stage.telegram.person("Alice", language="en")
    assert "Mongolia" in (await alice.asks("who were observers in 2005?")).text
    assert await status("GET", f"{scene.proxy}/telegram") == 404
    assert await status("POST", f"{scene.proxy}/telegram/") == 404
    assert await status("GET", scene.proxy + webhook.HEALTH_PATH) == 404
    assert await status("GET", scene.proxy + METRICS_PATH) == 404
    assert await status("POST", f"{scene.proxy}/telegram", json={}) == 403  # the bot's own word: there is no secret
    secret = {webhook.SECRET_HEADER: scene.stage.environment["BOT_WEBHOOK_SECRET"]}
    large = {"update_id": 1, "text": "0" * (webhook.BODY_BYTES - 10_000)}  # the proxy's word, the bot's limit is higher
    assert await status("POST", f"{scene.proxy}/telegram", json=large, headers=secret) == 413


@pytest.mark.asyncio(loop_scope="module")
async def test_the_dashboard_asks_for_metrics_that_there_are(scene: Scene) -> None:
    bob = await scene.stage.telegram.person("Bob", language="en")
    await scene.stage.telegram.fails("sendMessage", "500", count=1)
    await bob.asks("who were observers in 2005?")
    await scene.stage.telegram.fails("sendMessage", "error", count=1)
    await bob.asks("when did Iran join?")
    await scene.stage.admin.asks("/reload")
    async with aiohttp.ClientSession() as session, session.get(scene.health + METRICS_PATH) as response:
        families = text_string_to_metric_families(await response.text())
    there: dict[str, set[str]] = {}
    for sample in (sample for family in families for sample in family.samples):
        there.setdefault(sample.name, set(OF_THE_SCRAPE)).update(sample.labels)
    for query, legend in queries():
        metrics, labels = asked_for(promql_parser.parse(query))
        assert metrics
        assert metrics <= there.keys(), query
        shown = set(re.findall(r"\{\{(\w+)\}\}", legend))
        assert labels | shown <= set.union(*(there[name] for name in metrics)), query


OF_THE_SCRAPE = {"instance", "job"}
"""Labels that Prometheus adds."""


def queries() -> list[tuple[str, str]]:
    """Each query of the dashboard, with durations for Grafana's variables, and its legend; and those of alarms."""
    panels = json.loads(text_of("grafana-dashboard.json"))["panels"]
    targets = [target for panel in panels for target in panel["targets"]]
    shown = [(re.sub(r"\$__(rate_interval|range)", "5m", one["expr"]), one["legendFormat"]) for one in targets]
    alarms = re.findall(r"^\| `([^`]*bot_[^`]*)`", (ROOT / "docs" / "deploying.md").read_text("utf-8"), re.MULTILINE)
    assert len(shown) > 10
    assert alarms
    return shown + [(query, "") for query in alarms]


def asked_for(query: promql_parser.Expr) -> tuple[set[str], set[str]]:
    """The metrics and the labels that a query names."""
    parts: list[promql_parser.Expr] = []
    promql_parser.walk(query, parts.append)
    selectors = [one for one in parts if isinstance(one, promql_parser.VectorSelector)]
    sums = [one.modifier for one in parts if isinstance(one, promql_parser.AggregateExpr) and one.modifier]
    labels = {matcher.name for one in selectors for matcher in one.matchers.matchers}
    return {one.name or "" for one in selectors}, labels.union(*(one.labels for one in sums))
