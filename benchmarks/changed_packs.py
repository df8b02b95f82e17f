"""Is every change to a signed pack noticed?

    OMP_NUM_THREADS=1 python benchmarks/changed_packs.py [--bytes 1000] [--damages 10000]

A run of a file of answers is packed and signed. Then one file is changed at a time, the pack verified with its
signer's key, and the file put back: first a single byte at a random place, in every file of the pack in turn; then
a damage of the study of hostile inputs (`hostile_mutations`: numbers in headers, spans, cells, columns, links, …).
A change passes if verifying finds no broken promise, and crashes it if it raises anything but an error for users.
Results: ``changed_packs.md``. Linux only.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hostile_mutations import mutate
from hostile_template import write_template

from harness.errors import HarnessError
from harness.packs.lines import Status
from harness.packs.signing_keys import PublicKey, read_public_key
from harness.packs.verify_pack import verify

HERE = Path(__file__).resolve().parent
COMMAND = "from harness.commands.main import main; main()"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bytes", type=int, default=1000)
    parser.add_argument("--damages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    started = time.process_time()
    with tempfile.TemporaryDirectory() as scratch:
        pack, key = _packed(Path(scratch))
        of_bytes = Counter(_changed_bytes(pack, key, options.bytes, draw))
        of_damages = Counter(_damages(pack, key, options.damages, draw))
        num_files = len(_files(pack))
    lines = [
        f"Measured on {datetime.now(UTC).date()}, `python benchmarks/changed_packs.py --bytes {options.bytes} "
        f"--damages {options.damages} --seed {options.seed}`: a signed pack of {num_files} files, verified with "
        f"the key of its signer after every change; {time.process_time() - started:.0f} s of processor time.",
        "",
        "| change | tried | noticed | passed | crashed |",
        "|---|---|---|---|---|",
        _row("one byte, in every file in turn", of_bytes),
        _row("a damage of `hostile_mutations`, in a random file", of_damages),
        "",
        "A damage that leaves the bytes as they were is not counted.",
    ]
    (HERE / "changed_packs.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def _packed(scratch: Path) -> tuple[Path, PublicKey]:
    """A signed pack, and the key of whoever signed it."""

    def harness(arguments: object, place: Path) -> int:
        command = [sys.executable, "-c", COMMAND, *arguments]  # type: ignore[misc]
        return subprocess.run(command, cwd=place, capture_output=True, check=False).returncode

    write_template(scratch / "template", harness, ["packed"])
    packed = scratch / "template" / "packed"
    return packed / "evidence", read_public_key(packed / "jo.pub")


def _files(pack: Path) -> list[Path]:
    return sorted(path for path in pack.rglob("*") if path.is_file())


def _changed_bytes(pack: Path, key: PublicKey, num: int, draw: random.Random) -> Iterator[str]:
    """What came of changing one byte, so many times."""
    files = _files(pack)
    for number in range(num):
        path = files[number % len(files)]
        whole = path.read_bytes()
        place = draw.randrange(len(whole))
        other = (whole[place] + draw.randrange(1, 256)) % 256
        path.write_bytes(whole[:place] + bytes([other]) + whole[place + 1 :])
        yield _outcome(pack, key, f"byte {place} of {path.name}")
        path.write_bytes(whole)


def _damages(pack: Path, key: PublicKey, num: int, draw: random.Random) -> Iterator[str]:
    """What came of damaging a file, so many times."""
    kept = pack.with_name("kept")
    shutil.copytree(pack, kept)
    for _ in range(num):
        name = draw.choice(_files(kept)).relative_to(kept)
        mutation = mutate(pack / name, draw)
        if not _is_as_before(pack / name, kept / name):
            yield _outcome(pack, key, f"{mutation} of {name}")
        shutil.rmtree(pack)
        shutil.copytree(kept, pack)


def _is_as_before(path: Path, kept: Path) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != kept.stat().st_size:
        return False
    return path.read_bytes() == kept.read_bytes()


def _outcome(pack: Path, key: PublicKey, change: str) -> str:
    try:
        found = "noticed" if any(line.status is Status.BROKEN for line in verify(pack, [key])) else "passed"
    except HarnessError:
        found = "noticed"
    except Exception as error:  # what is looked for
        found = "crashed"
        print(f"{change}: {error!r}", flush=True)
    if found == "passed":
        print(f"{change}: passed", flush=True)
    return found


def _row(what: str, found: Counter[str]) -> str:
    numbers = (found.total(), found["noticed"], found["passed"], found["crashed"])
    return f"| {what} | " + " | ".join(f"{number:,}" for number in numbers) + " |"


if __name__ == "__main__":
    main()
