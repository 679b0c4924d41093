"""What was corrected in a summary is in the log, or a verifier says that it is not."""

from __future__ import annotations

from pathlib import Path

from media_server.evidence.verify import verify
from media_server.interview import inputs as inp
from tests.evidence.bundles import bundle, contents, filled, remade, signing_keys
from tests.interview.summary_world import hear, told


async def test_a_correction_that_the_log_does_not_have_is_found(tmp_path: Path) -> None:
    keys, file = signing_keys(), tmp_path / "b.zip"
    world = told()
    world.answer("No, it was Hamburg, not Homburg.")
    hear(world)
    world.do(inp.SummaryWritten("q2", "It was a tunnel."), inp.SummaryChosen("yes"))
    hear(world)
    async with filled(tmp_path / "data", world) as bench:
        data = await bundle(bench, keys)
    file.write_bytes(data)
    assert verify(file, {keys.current.kid}).faults == []
    result = contents(data)["result.json"]
    for true, forged in (
        (b"It was a tunnel.", b"It was a palace."),
        (b"Hamburg, not", b"Paris, not"),
    ):
        assert true in result
        at = result.index(b'"summary_corrections": [\n') if b'_corrections": [\n' in result else 0
        changed = result[:at] + result[at:].replace(true, forged)
        file.write_bytes(await remade(data, keys, {"result.json": changed}))
        faults = verify(file, {keys.current.kid}).faults
        assert any("corrected in the summary is not in the log" in fault for fault in faults), (
            faults
        )
