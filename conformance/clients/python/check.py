"""nats.py against the server in the variable NATS_SERVER. Exits with 1 if something is
not as it should be."""

import asyncio
import sys
import traceback

import consumers
import core
import stores
import streams


def main():
    failed = 0
    for check in [*core.CHECKS, *streams.CHECKS, *consumers.CHECKS, *stores.CHECKS]:
        try:
            asyncio.run(asyncio.wait_for(check(), 90))
            print(f"ok      nats.py {check.__name__}")
        except Exception:
            failed += 1
            print(f"FAILED  nats.py {check.__name__}")
            traceback.print_exc()
    return 1 if failed else 0


sys.exit(main())
