#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds every overlay of contrib/kubernetes and checks what comes out, and contrib/container with it.

No cluster and no network: the few things of kustomize that the overlays use are done here. Where kubectl is installed and
knows components, what it builds has to be the same.
"""
import copy
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

root = Path(__file__).resolve().parents[2]
kubernetes = root / "contrib/kubernetes"
container = root / "contrib/container"
known_keys = {"apiVersion", "kind", "namespace", "resources", "components", "images"}
not_in_a_namespace = {"Namespace"}
health_options = {"--live": 0, "--json": 0, "--quiet": 0, "--writable": 0, "--port": 1, "--min-free": 1}
complaints = []


def complain(where, what):
    complaints.append(f"{where}: {what}")


def build(folder):
    """What `kubectl kustomize` makes of a folder, as far as these overlays go."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    for key in kustomization.keys() - known_keys:
        complain(folder, f"has {key}, which this check does not know")
    objects = []
    for name in kustomization.get("resources", []):
        path = folder / name
        if path.is_dir():
            objects += build(path)
        else:
            objects += list(yaml.safe_load_all(path.read_text()))
    changes = [kustomization]
    for name in kustomization.get("components", []):
        changes.append(yaml.safe_load((folder / name / "kustomization.yaml").read_text()))
    for change in changes:
        for image in change.get("images", []):
            set_image(objects, image)
        if "namespace" in change:
            for one in objects:
                if one["kind"] not in not_in_a_namespace:
                    one["metadata"]["namespace"] = change["namespace"]
    return objects


def set_image(objects, image):
    for one in objects:
        spec = pod_spec(one)
        for each in containers_of(spec) if spec else []:
            if each["image"] == image["name"]:
                suffix = "@" + image["digest"] if "digest" in image else ":" + image["newTag"]
                each["image"] = image["newName"] + suffix


def pod_spec(one):
    if one["kind"] == "Pod":
        return one["spec"]
    return one["spec"]["template"]["spec"] if one["kind"] == "StatefulSet" else None


def containers_of(spec):
    return spec.get("initContainers", []) + spec["containers"]


def check_restricted(where, spec):
    """Pod Security Standard "restricted", of its current version."""
    pod = spec.get("securityContext", {})
    if pod.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        complain(where, "seccompProfile is not RuntimeDefault")
    if pod.get("runAsNonRoot") is not True or not pod.get("runAsUser"):
        complain(where, "may run as root")
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            complain(where, key)
    for volume in spec.get("volumes", []):
        if volume.keys() - {"name", "emptyDir", "persistentVolumeClaim", "configMap", "secret", "projected"}:
            complain(where, f"volume {volume['name']} is of a kind that restricted forbids")
    for each in containers_of(spec):
        own = each.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
            complain(where, f"{each['name']} may gain privileges")
        if own.get("capabilities", {}) != {"drop": ["ALL"]}:
            complain(where, f"{each['name']} has capabilities")
        if own.get("readOnlyRootFilesystem") is not True:
            complain(where, f"{each['name']} has a root file system that can be written")


def check_health_command(where, words):
    if words[0] != "openclaw-health":
        return complain(where, f"asks {words[0]}")
    words = list(words[1:])
    while words:
        option = words.pop(0)
        if option not in health_options:
            return complain(where, f"openclaw-health has no {option}")
        del words[: health_options[option]]


def check_probes(where, each, needs_liveness):
    for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
        probe = each.get(kind)
        if probe is None:
            if needs_liveness or kind == "readinessProbe":
                complain(where, f"has no {kind}")
            continue
        words = probe["exec"]["command"]
        check_health_command(f"{where}, {kind}", words)
        # Only what is about the process may restart it.
        if (kind != "readinessProbe") != ("--live" in words):
            complain(where, f"{kind} is about the wrong thing")
        if kind != "readinessProbe" and {"--min-free", "--writable"} & set(words):
            complain(where, f"{kind} would restart a gateway for its disk")


def check_entrypoint(where, words):
    if words[0] != "/usr/libexec/openclaw/openclaw-stage-deps" or words[-1] != "--":
        complain(where, "does not start through openclaw-stage-deps --")
    if "--guard-state" not in words:
        complain(where, "does not guard its state")
    if "--migrate" not in words:
        complain(where, "does not migrate its state for another version")


def check_mounts(where, spec, claims):
    volumes = {volume["name"] for volume in spec.get("volumes", [])} | claims
    for each in containers_of(spec):
        for mount in each["volumeMounts"]:
            if mount["name"] not in volumes:
                complain(where, f"mounts {mount['name']}, which is no volume")
        if {mount["mountPath"] for mount in each["volumeMounts"]} != {"/data", "/tmp"}:
            complain(where, "can write elsewhere than in /data and /tmp, or not there")
        variables = {variable["name"]: variable["value"] for variable in each.get("env", [])}
        if variables.get("HOME") != "/data" or variables.get("STATE_DIRECTORY") != "/data":
            complain(where, "has its state outside of the volume")


def check_pod(where, one):
    spec = pod_spec(one)
    check_restricted(where, spec)
    claims = {claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])}
    check_mounts(where, spec, claims)
    for each in containers_of(spec):
        check_entrypoint(where, each["command"])
        check_probes(where, each, one["kind"] == "StatefulSet")
        if not re.fullmatch(r".+(:\d{4}\.\d+\.\d+(-[\w.]+)?|@sha256:[0-9a-f]{64})", each["image"]):
            complain(where, f"image {each['image']} floats")


def selects(selector, labels):
    return selector.items() <= labels.items()


def check_set(where, objects):
    names = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in objects]
    for name in {name for name in names if names.count(name) > 1}:
        complain(where, f"has {name} twice")
    for one in objects:
        what = f"{where}: {one['kind']} {one['metadata'].get('namespace', '')}/{one['metadata']['name']}"
        if one["kind"] not in not_in_a_namespace and "namespace" not in one["metadata"]:
            complain(what, "is in no namespace")
        if pod_spec(one):
            check_pod(what, one)
        if one["kind"] == "StatefulSet":
            check_stateful_set(what, one, objects)
        if one["kind"] == "Namespace":
            if one["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
                complain(what, "does not enforce restricted")


def check_stateful_set(where, one, objects):
    beside = [other for other in objects if other["metadata"].get("namespace") == one["metadata"]["namespace"]]
    labels = one["spec"]["template"]["metadata"]["labels"]
    if not selects(one["spec"]["selector"]["matchLabels"], labels):
        complain(where, "does not select its own pods")
    if one["spec"]["replicas"] != 1:
        complain(where, "has several gateways on one state")
    if pod_spec(one)["terminationGracePeriodSeconds"] < 315:
        complain(where, "is killed before it has drained")
    kinds = {other["kind"]: other for other in beside}
    for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount"):
        if kind not in kinds:
            complain(where, f"has no {kind}")
    if kinds["Service"]["metadata"]["name"] != one["spec"]["serviceName"]:
        complain(where, "names a Service that is not there")
    if not selects(kinds["Service"]["spec"]["selector"], labels):
        complain(where, "is not selected by its Service")
    if not selects(kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"], labels):
        complain(where, "is not selected by its PodDisruptionBudget")
    ports = {port["name"] for each in containers_of(pod_spec(one)) for port in each["ports"]}
    for port in kinds["Service"]["spec"]["ports"]:
        if port["targetPort"] not in ports:
            complain(where, f"has no port {port['targetPort']}")


def in_order(objects):
    return sorted(objects, key=lambda one: (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]))


def compare_with_kubectl(folder, objects):
    if shutil.which("kubectl") is None:
        return
    ran = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, check=False)
    if ran.returncode != 0 and 'unknown field "components"' in ran.stderr:
        return  # that of Debian 12
    if ran.returncode != 0:
        return complain(folder, ran.stderr.strip())
    if in_order(list(yaml.safe_load_all(ran.stdout))) != in_order(objects):
        complain(folder, "kubectl builds something else than this check")


def check_onboarding():
    spec = copy.deepcopy(json.loads((kubernetes / "onboard.json").read_text())["spec"])
    check_restricted("onboard.json", spec)
    check_mounts("onboard.json", spec, set())


def words_of_json_lines(text, instruction):
    found = re.search(rf"^{instruction} (\[.*\])$", text, re.MULTILINE)
    if found is None:
        complain("Containerfile", f"has no {instruction}")
    return json.loads(found.group(1)) if found else ["?", "--"]


def check_container():
    text = (container / "Containerfile").read_text()
    check_entrypoint("Containerfile", words_of_json_lines(text, "ENTRYPOINT"))
    health = words_of_json_lines(text, "HEALTHCHECK.* CMD")
    check_health_command("Containerfile", health)
    if not re.search(r"^USER 1000:1000$", text, re.MULTILINE):
        complain("Containerfile", "runs as root")
    service = yaml.safe_load((container / "compose.yaml").read_text())["services"]["gateway"]
    if service["healthcheck"]["test"] != ["CMD", *health]:
        complain("compose.yaml", "asks something else than the Containerfile")
    if not (service["read_only"] and service["cap_drop"] == ["ALL"] and service["user"] == "1000:1000"):
        complain("compose.yaml", "has a root file system that can be written, capabilities or root")
    if service["volumes"] != ["state:/data"] or service["stop_grace_period"] != "330s":
        complain("compose.yaml", "has another volume, or is killed before it has drained")
    if service.get("hostname") != "openclaw" or service.get("init") is not True:
        complain("compose.yaml", "has another name of its host each time, or OpenClaw as process 1")
    unit = (container / "openclaw.container").read_text().splitlines()
    for line in ("HealthCmd=" + " ".join(health), "ReadOnly=true", "DropCapability=ALL", "NoNewPrivileges=true",
                 "User=1000", "RestartPreventExitStatus=78", "Volume=openclaw-state.volume:/data", "StopTimeout=330",
                 "HostName=openclaw", "RunInit=true", "Restart=always", "SuccessExitStatus=143",
                 "EnvironmentFile=%E/openclaw/container.env"):
        if line not in unit:
            complain("openclaw.container", f"has no line {line}")


for overlay in ("overlays/tenants", "overlays/tenants/alice", "overlays/tenants/bob", "canary"):
    built = build(kubernetes / overlay)
    check_set(overlay, built)
    compare_with_kubectl(kubernetes / overlay, built)
check_onboarding()
check_container()
for complaint in complaints:
    print(complaint)
sys.exit(1 if complaints else 0)
