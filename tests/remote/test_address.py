from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.remote.address import local_path, protocol_of, remote_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("s3://bucket/corpus", "s3://bucket/corpus"),
        ("s3://bucket/corpus/", "s3://bucket/corpus"),
        ("gs://bucket/a b/ä", "gs://bucket/a b/ä"),
        ("file:///nfs/runs/a", "file:///nfs/runs/a"),
        ("memory://corpus", "memory://corpus"),
        ("/data/corpus", None),
        ("data/corpus", None),
        ("C:/data", None),
        ("~/s3:/x", None),
    ],
)
def test_an_address_is_one_also_after_it_was_read_as_a_path(given: str, address: str | None) -> None:
    assert remote_address(given) == address
    assert remote_address(Path(given)) == address


def test_a_folder_of_such_a_name_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s3:/bucket").mkdir(parents=True)
    assert remote_address(Path("s3:/bucket")) is None


@pytest.mark.parametrize("given", ["s3://", "s3:///", "simplecache::s3://bucket/x", "zip://a.zip::s3://bucket"])
def test_what_names_no_folder_of_a_store_is_refused(given: str) -> None:
    with pytest.raises(HarnessError, match=r"names nothing|chained"):
        remote_address(given)


@pytest.mark.parametrize("given", ["sftp://me:geheim@host/x", "s3://key:geheim@bucket"])
def test_a_password_in_an_address_is_refused_and_not_shown(given: str) -> None:
    with pytest.raises(HarnessError, match=r"so they hold no passwords") as raised:
        remote_address(given)
    assert "geheim" not in str(raised.value)


def test_a_container_of_an_account_and_a_very_long_name_are_addresses() -> None:
    assert remote_address("abfs://box@account.dfs.core.windows.net/a:b") is not None
    assert remote_address(Path("s3://bucket/" + "a/" * 3_000)) is not None


def test_a_file_address_is_a_path_where_nothing_need_be_fetched() -> None:
    assert local_path(Path("file:///nfs/data")) == Path("/nfs/data")
    assert local_path(Path("/nfs/data")) == Path("/nfs/data")
    assert local_path(Path("s3://bucket/data")) == Path("s3:/bucket/data")
    assert protocol_of("s3://bucket/data") == "s3"
