"""How one comes by a dataset: files that may be downloaded freely, or where to apply."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from harness.plain_numbers import PlainNumbers

WebAddress = Annotated[str, Field(pattern=r"^https?://\S+$")]


class _Facts(PlainNumbers):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Download(_Facts):
    """One file that may be downloaded."""

    url: WebAddress = Field(description="its address")
    mirrors: list[WebAddress] = Field(default=[], description="where the same file is, too; asked in this order")
    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$", description="of the file, without a folder")
    size: int | None = Field(default=None, gt=0, description="bytes; null: not published")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", description="null: not published")
    md5: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{32}$",
        description="finds faults of transmission, not forgery",
    )
    unpack: bool = Field(default=False, description="whether it is a zip or tar archive that is to be unpacked")
    strip: int = Field(default=0, ge=0, le=5, description="leading folders of the archive that are left out")


class Access(_Facts):
    """How one comes by a dataset."""

    downloads: list[Download] = Field(default=[], description="all files that the reader needs")
    apply: str | None = Field(default=None, description="what to do where it is not simply downloaded")

    @model_validator(mode="after")
    def _require_one(self) -> Self:
        if bool(self.downloads) == bool(self.apply):
            raise ValueError("state either downloads or apply")
        names = [download.name for download in self.downloads]
        if len(set(names)) < len(names):
            raise ValueError("two downloads have the same name")
        if taken := [name for name in names if name == "fetched.json" or name.endswith((".part", ".part.json"))]:
            raise ValueError(f"a download cannot have the name {taken[0]}")
        return self
