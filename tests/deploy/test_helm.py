"""The Helm chart is linted, rendered by Helm and checked against the schemas of Kubernetes.

Helm is a library here (helm-python-sdk, for x86_64 alone); no cluster is asked.
"""

from __future__ import annotations

import copy
import functools
import json
import re
import warnings
from typing import Any

import kubernetes_validate
import pytest
import yaml

from media_server.config import ConfigError, load_config
from media_server.config_fields import SECTIONS, fields_of
from media_server.stopping import GONE_S
from tests.support.env import REPOSITORY

CHART = REPOSITORY / "deploy" / "helm" / "media-server"
KUBERNETES = "1.36"
ONE: dict[str, Any] = {"existingSecret": "keys"}
MANY: dict[str, Any] = {
    **ONE,
    "replicas": 3,
    "redis": {"enabled": True},
    "objectStorage": {"url": "s3://interviews"},
    "recogniser": {"workers": 0},
    "stt": {"replicas": 4},
    "ingress": {"enabled": True, "className": "nginx", "tlsSecret": "tls"},
    "metrics": {"serviceMonitor": {"enabled": True}},
    "image": {"digest": "sha256:" + "0" * 64},
    "podAnnotations": {"a": "b"},
    "tolerations": [{"key": "voice", "operator": "Exists"}],
}
NODE_PORT: dict[str, Any] = {
    **ONE,
    "workers": 2,
    "udp": {"mode": "nodePort", "publicIPs": "203.0.113.7"},
}
HOST_NETWORK: dict[str, Any] = {**ONE, "workers": 4, "udp": {"mode": "hostNetwork"}}
BARE: dict[str, Any] = {
    **ONE,
    "udp": {"mode": "none"},
    "persistence": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
}
ALL = {"one": ONE, "many": MANY, "node port": NODE_PORT, "host network": HOST_NETWORK, "bare": BARE}


def helm() -> Any:
    """Loaded by need: it brings threads, and test processes are forks of one that has loaded all
    tests (tests/support/preloaded.py)."""
    reason = "helm-python-sdk has no wheel for this machine"
    return pytest.importorskip("helm_python", reason=reason)


@pytest.fixture(autouse=True, scope="module")
def _is_loaded() -> None:
    """Before the first test: its descriptors stay."""
    helm()


def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
    return copy.deepcopy(_rendered(json.dumps(values)))


@functools.cache
def _rendered(values: str) -> list[dict[str, Any]]:
    with helm().Chart.load(CHART) as chart:
        manifests = chart.render(json.loads(values), name="talk", namespace="interviews")
    return [
        document
        for path, text in sorted(manifests.items())
        if path.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document
    ]


def of_kind(kind: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    return [document for document in rendered(values) if document["kind"] == kind]


def server(values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the pod's specification, its container)"""
    pod = of_kind("StatefulSet", values)[0]["spec"]["template"]["spec"]
    return pod, pod["containers"][0]


def environment(values: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item.get("value", "") for item in server(values)[1]["env"]}


def check(document: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a library that is deprecated there
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_helm_lints_it() -> None:
    report = helm().chart.lint(str(CHART), ONE, strict=True)
    assert report["total_charts_linted"] == 1
    assert not report["errors"], report
    assert not [m for m in report["messages"] if m["severity"] > 1], report


@pytest.mark.parametrize("name", ALL)
def test_kubernetes_would_take_every_document(name: str) -> None:
    documents = rendered(ALL[name])
    assert len(documents) >= 4
    for document in documents:
        if document["apiVersion"].startswith("monitoring.coreos.com/"):
            continue  # the Prometheus operator's own kind
        check(document)


def test_the_schemas_refuse_what_is_wrong() -> None:
    document = of_kind("StatefulSet", ONE)[0]
    document["spec"]["template"]["spec"]["containers"][0]["port"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        check(document)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({}, "existingSecret"),
        ({**ONE, "replicas": 2}, "shared store"),
        ({**ONE, "replicas": 2, "redis": {"enabled": True}}, "objectStorage.url"),
        ({**MANY, "udp": {"mode": "nodePort", "publicIPs": "203.0.113.7"}}, "for one replica"),
        ({**ONE, "udp": {"mode": "nodePort"}}, "udp.publicIPs"),
        ({**ONE, "udp": {"mode": "loadBalancer"}}, "udp.mode"),
        ({**ONE, "workers": 0}, "workers"),
        ({**ONE, "stt": {"replicas": 1}}, "redis.enabled"),
        ({**ONE, "redis": {"enabled": True}, "recogniser": {"workers": 0}}, "nobody would"),
    ],
)
def test_what_cannot_work_is_refused_with_what_to_change(values: dict[str, Any], what: str) -> None:
    with pytest.raises(helm().HelmError, match=re.escape(what)):
        rendered(values)


@pytest.mark.parametrize("name", ALL)
def test_every_container_is_confined(name: str) -> None:
    for kind in ("StatefulSet", "Deployment"):
        for document in of_kind(kind, ALL[name]):
            pod = document["spec"]["template"]["spec"]
            assert pod["securityContext"]["runAsNonRoot"] is True
            assert pod["automountServiceAccountToken"] is False
            for container in pod["containers"]:
                security = container["securityContext"]
                assert security["readOnlyRootFilesystem"] is True
                assert security["allowPrivilegeEscalation"] is False
                assert security["capabilities"] == {"drop": ["ALL"]}
                assert container["resources"]["limits"]["memory"]
                written = {mount["mountPath"] for mount in container["volumeMounts"]}
                assert written == {"/data", "/tmp"}  # noqa: S108  # a container's own


def test_it_drains_before_it_is_killed() -> None:
    pod, container = server({**ONE, "drainSeconds": 300, "preStopSeconds": 7})
    assert container["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "7"]
    assert environment({**ONE, "drainSeconds": 300})["MEDIA_SERVER_DRAIN_S"] == "300"
    assert pod["terminationGracePeriodSeconds"] >= 7 + 300 + GONE_S


def test_probes_ask_what_the_server_answers() -> None:
    """And not whether a newcomer finds a place: a full pod would be out of everybody's reach."""
    _, container = server(ONE)
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"]
             for name in ("startup", "liveness", "readiness")}  # fmt: skip
    able = "/readyz?newcomers=wait"
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": able}


@pytest.mark.parametrize("name", ALL)
def test_candidates_learn_the_port_that_is_open(name: str) -> None:
    pod, container = server(ALL[name])
    media = [port for port in container["ports"] if port["protocol"] == "UDP"]
    known = environment(ALL[name])
    first, workers = int(known["MEDIA_SERVER_RTC_PORT"]), int(known["MEDIA_SERVER_WORKERS"])
    opened = list(range(first, first + workers))
    assert [port["containerPort"] for port in media] == opened
    mode = ALL[name].get("udp", {}).get("mode", "hostPort")
    on_node = opened if mode == "hostPort" else [None] * workers
    assert [port.get("hostPort") for port in media] == on_node
    assert pod.get("hostNetwork", False) is (mode == "hostNetwork")
    outside = [
        port
        for service in of_kind("Service", ALL[name])
        for port in service["spec"]["ports"]
        if port["protocol"] == "UDP"
    ]
    assert [port["nodePort"] for port in outside] == (opened if mode == "nodePort" else [])
    named = {port["name"] for port in media}
    assert {port["targetPort"] for port in outside} <= named
    for policy in of_kind("NetworkPolicy", ALL[name])[:1]:
        rules = [port for rule in policy["spec"]["ingress"] for port in rule["ports"]]
        assert {port["port"] for port in rules if port["protocol"] == "UDP"} == named


@pytest.mark.parametrize("name", ALL)
def test_every_setting_is_one_of_the_server(name: str) -> None:
    known = {item.variable for section in SECTIONS for item in fields_of(section)}
    assert set(environment(ALL[name])) <= known | {"NODE_IP"}


@pytest.mark.parametrize("name", ALL)
def test_no_service_becomes_a_setting(name: str) -> None:
    """Kubernetes would tell every pod of a Service `media-server` in variables of that name."""
    with pytest.raises(ConfigError, match="MEDIA_SERVER_PORT is not a setting"):
        load_config({"MEDIA_SERVER_PORT": "tcp://10.0.0.1:8080"})
    for kind in ("StatefulSet", "Deployment"):
        for document in of_kind(kind, ALL[name]):
            assert document["spec"]["template"]["spec"]["enableServiceLinks"] is False


def test_an_only_pod_is_reached_while_it_is_full() -> None:
    def http(values: dict[str, Any]) -> dict[str, Any]:
        (spec,) = [service["spec"] for service in of_kind("Service", values)
                   if service["spec"]["ports"][0]["name"] == "http"]  # fmt: skip
        return dict(spec)

    assert http(ONE)["publishNotReadyAddresses"] is True
    assert "publishNotReadyAddresses" not in http(MANY), "newcomers go where there is room"


def test_recognisers_may_have_a_secret_of_their_own() -> None:
    def secrets(values: dict[str, Any]) -> list[str]:
        (document,) = of_kind("Deployment", values)
        (container,) = document["spec"]["template"]["spec"]["containers"]
        return [source["secretRef"]["name"] for source in container["envFrom"]]

    assert secrets(MANY) == ["keys"]
    own = {**MANY, "stt": {"replicas": 4, "existingSecret": "queue"}}
    assert secrets(own) == ["queue"]
    assert server(own)[1]["envFrom"] == [{"secretRef": {"name": "keys"}}]


def test_services_and_rules_choose_the_pods() -> None:
    pods = of_kind("StatefulSet", MANY)[0]["spec"]["template"]["metadata"]["labels"]
    workers = of_kind("Deployment", MANY)[0]["spec"]["template"]["metadata"]["labels"]
    for service in of_kind("Service", MANY):
        assert service["spec"]["selector"].items() <= pods.items()
        assert not service["spec"]["selector"].items() <= workers.items()
    (budget,) = of_kind("PodDisruptionBudget", MANY)
    assert budget["spec"]["selector"]["matchLabels"].items() <= pods.items()
    policies = of_kind("NetworkPolicy", MANY)
    chosen = [policy["spec"]["podSelector"]["matchLabels"] for policy in policies]
    assert [labels.items() <= pods.items() for labels in chosen] == [True, False]
    (monitor,) = of_kind("ServiceMonitor", MANY)
    headless = [service for service in of_kind("Service", MANY)
                if monitor["spec"]["selector"]["matchLabels"].items()
                <= service["metadata"]["labels"].items()]  # fmt: skip
    assert [service["spec"]["clusterIP"] for service in headless] == ["None"]
