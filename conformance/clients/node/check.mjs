// The JavaScript client against the server in the variable NATS_SERVER. Exits with 1
// if something is not as it should be.

import { setTimeout as pause } from "node:timers/promises";

import { CHECKS as consumers } from "./consumers.mjs";
import { CHECKS as core } from "./core.mjs";
import { CHECKS as stores } from "./stores.mjs";
import { CHECKS as streams } from "./streams.mjs";

let failed = 0;
for (const check of [...core, ...streams, ...consumers, ...stores]) {
  try {
    const late = new AbortController();
    const time = pause(90_000, "late", { signal: late.signal, ref: false }).catch(() => {});
    if ((await Promise.race([check(), time])) === "late") throw new Error("it takes too long");
    late.abort();
    console.log(`ok      nats.js ${check.name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  nats.js ${check.name}`);
    console.error(error);
  }
}
process.exit(failed ? 1 : 0);
