"""A writer in a process of its own, to be killed: appends as fast as it can and tells, after
each acknowledgement, what was acknowledged."""

from __future__ import annotations

import asyncio
import sys

from media_server.ports import Appended, NewEntry
from tests.store.conftest import make_log
from tests.support.slow_disk import be_patient_for_good


async def main(store_url: str, interview_id: str, writer: str, limit: int) -> None:
    log = make_log(store_url)
    await log.open()
    version = len(await log.read(interview_id))
    for n in range(limit):
        while True:
            result = await log.append(
                interview_id,
                expected_version=version,
                lease_epoch=0,
                operation_id=f"{writer}-{n}",
                entries=[
                    NewEntry("first", {"op": f"{writer}-{n}", "pad": "x" * 200}),
                    NewEntry("second", {"op": f"{writer}-{n}"}),
                ],
                status=f"{writer}-{n}",
                now_s=float(n),
            )
            if isinstance(result, Appended):
                version = result.entries[-1].seq
                sys.stdout.write(f"{writer}-{n} {result.entries[0].seq}\n")
                sys.stdout.flush()
                break
            row = await log.row(interview_id)
            assert row is not None
            version = row.version
    await log.close()


if __name__ == "__main__":
    be_patient_for_good()
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
