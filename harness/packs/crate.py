"""The pack as a Process Run RO-Crate: which program made what from what, as JSON-LD.

Sources: Workflow Run RO-Crate, Process Run Crate profile 0.5; RO-Crate 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.packs.manifest import Manifest, PackedFile
from harness.wording import FIXED_LINE

CRATE = "ro-crate-metadata.json"
_CONTEXT = "https://w3id.org/ro/crate/1.1/context"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_HARNESS = "#emotion-harness"
_INPUTS = ("run/plan.yaml", "run/samples.parquet")
_MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "yaml": "application/yaml",
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "html": "text/html",
    "pdf": "application/pdf",
    "md": "text/markdown",
}


def crate(manifest: Manifest, purpose: str) -> dict[str, Any]:
    """The contents of ``ro-crate-metadata.json``.

    Args:
        manifest: of the pack, with its other files.
        purpose: the intended purpose of the system.
    """
    inputs = [file.path for file in manifest.files if file.path in _INPUTS]
    outputs = [file.path for file in manifest.files if file.path not in _INPUTS]
    return {
        "@context": _CONTEXT,
        "@graph": [
            _described(),
            {
                "@id": "./",
                "@type": "Dataset",
                "conformsTo": {"@id": _PROFILE},
                "name": f"{manifest.system.title} on {manifest.dataset.title}",
                "description": f"{purpose}\n\n{FIXED_LINE}",
                "identifier": manifest.pack_id,
                "datePublished": manifest.created,
                "license": "not stated",
                "hasPart": _references([*inputs, *outputs]),
                "mentions": [{"@id": "#run"}],
            },
            {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
            {
                "@id": _HARNESS,
                "@type": "SoftwareApplication",
                "name": "emotion-harness",
                "version": manifest.harness,
                "softwareVersion": manifest.harness,
                "identifier": manifest.code_sha256,
            },
            {
                "@id": "#run",
                "@type": "CreateAction",
                "name": "harness run",
                "instrument": {"@id": _HARNESS},
                "agent": [{"@id": f"#signer-{number}"} for number, _ in enumerate(manifest.signers, start=1)],
                "startTime": manifest.run.started,
                "endTime": manifest.run.finished,
                "actionStatus": "http://schema.org/CompletedActionStatus",
                "object": _references(inputs),
                "result": _references(outputs),
            },
            *(
                {
                    "@id": f"#signer-{number}",
                    "@type": "Person",
                    "name": signer.name,
                    "jobTitle": signer.role,
                    "affiliation": signer.organisation,
                }
                for number, signer in enumerate(manifest.signers, start=1)
            ),
            *(_file(file) for file in manifest.files),
        ],
    }


def _described() -> dict[str, Any]:
    return {
        "@id": CRATE,
        "@type": "CreativeWork",
        "about": {"@id": "./"},
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
    }


def _references(paths: Sequence[str]) -> list[dict[str, str]]:
    return [{"@id": path} for path in paths]


def _file(file: PackedFile) -> dict[str, Any]:
    ending = file.path.rpartition(".")[2]
    return {
        "@id": file.path,
        "@type": "File",
        "name": file.path.rpartition("/")[2],
        "contentSize": str(file.bytes),
        "encodingFormat": _MEDIA_TYPES.get(ending, "application/octet-stream"),
        "sha256": file.sha256,
    }
