// Key-value and object stores with the JavaScript client.

import assert from "node:assert/strict";

import { Kvm } from "@nats-io/kv";
import { Objm } from "@nats-io/obj";
import { connect } from "@nats-io/transport-node";

import { JETSTREAM, connectLasting, restart, until, withServer } from "./server.mjs";

async function keyValue() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connect({ servers: server.url });
    const kv = await new Kvm(nc).create("settings", { history: 5 });
    const watch = await kv.watch();
    const first = await kv.put("color", "blue");
    assert.equal(await kv.update("color", "green", first), first + 1);
    await assert.rejects(kv.update("color", "red", first), /wrong last sequence/);
    await kv.create("size", "small");
    await assert.rejects(kv.create("size", "large"), /wrong last sequence|exists/);
    assert.equal((await kv.get("color")).string(), "green");
    const keys = [];
    for await (const key of await kv.keys()) keys.push(key);
    assert.deepEqual(keys.sort(), ["color", "size"]);
    const history = [];
    for await (const entry of await kv.history({ key: "color" })) history.push(entry.string());
    assert.deepEqual(history, ["blue", "green"]);
    await kv.delete("color");
    assert.equal((await kv.get("color")).operation, "DEL");
    const seen = [];
    for await (const entry of watch) {
      seen.push([entry.operation, entry.key, entry.string()]);
      if (seen.length === 4) break;
    }
    assert.deepEqual(seen, [
      ["PUT", "color", "blue"],
      ["PUT", "color", "green"],
      ["PUT", "size", "small"],
      ["DEL", "color", ""],
    ]);
    assert.ok(await kv.destroy());
    await nc.close();
  });
}

async function objectStore() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connect({ servers: server.url });
    const store = await new Objm(nc).create("files");
    const content = new Uint8Array(640_000).map((_, n) => (n * 31) >> 3);
    const info = await store.putBlob({ name: "big" }, content);
    assert.deepEqual([info.size, info.chunks], [640_000, 5]);
    await store.putBlob({ name: "small" }, new TextEncoder().encode("text"));
    assert.deepEqual(new Uint8Array(await store.getBlob("big")), content);
    assert.deepEqual((await store.list()).map((o) => o.name).sort(), ["big", "small"]);
    assert.ok((await store.delete("big")).success);
    assert.equal(await store.getBlob("big"), null);
    assert.equal(new TextDecoder().decode(await store.getBlob("small")), "text");
    assert.ok(await store.destroy());
    await nc.close();
  });
}

async function keysThatExpire() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connect({ servers: server.url });
    const kvm = new Kvm(nc);
    const brief = await kvm.create("brief", { ttl: 500 });
    await brief.put("a", "1");
    await until("all keys expire", async () => (await brief.get("a")) === null);
    const marked = await kvm.create("marked", { markerTTL: 2000 });
    assert.equal((await marked.status()).markerTTL, 2000);
    const seen = [];
    const watch = await marked.watch();
    (async () => {
      for await (const entry of watch) seen.push([entry.operation, entry.key]);
    })();
    await marked.create("soon", "gone", "1s");
    await marked.put("stays", "here");
    await until("a marker tells those who watch", () => seen.length === 3);
    assert.deepEqual(seen.slice(0, 2), [["PUT", "soon"], ["PUT", "stays"]]);
    assert.deepEqual(seen[2], ["PURGE", "soon"]);
    assert.equal((await marked.get("stays")).string(), "here");
    await marked.purge("stays", { ttl: "1s" });
    await until("the markers expire too", async () => (await marked.status()).values === 0);
    watch.stop();
    await nc.close();
  });
}

async function historyOverARestart() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connectLasting(server);
    const kvm = new Kvm(nc);
    const kv = await kvm.create("b", { history: 3 });
    for (let n = 0; n < 5; n++) await kv.put("k", `${n}`);
    await kv.put("gone", "x");
    await kv.purge("gone");
    await kv.delete("other");
    await restart(server, nc);
    const again = await kvm.open("b");
    const history = async (key) => {
      const found = [];
      for await (const entry of await again.history({ key })) {
        found.push([entry.operation, entry.string()]);
      }
      return found;
    };
    assert.deepEqual(await history("k"), [["PUT", "2"], ["PUT", "3"], ["PUT", "4"]]);
    assert.deepEqual(await history("gone"), [["PURGE", ""]]);
    const keys = [];
    for await (const key of await again.keys()) keys.push(key);
    assert.deepEqual(keys, ["k"]);
    const watch = await again.watch({ key: "k", include: "history" });
    const seen = [];
    for await (const entry of watch) {
      seen.push(entry.string());
      if (seen.length === 3) await again.put("k", "5");
      if (seen.length === 4) break;
    }
    assert.deepEqual(seen, ["2", "3", "4", "5"]);
    assert.equal((await again.get("k", { revision: 4 })).string(), "3");
    await nc.close();
  });
}

async function objectsOverARestart() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connectLasting(server);
    const objm = new Objm(nc);
    const store = await objm.create("files", { description: "of mine" });
    const seen = [];
    const watch = await store.watch();
    (async () => {
      for await (const info of watch) seen.push(info.name);
    })();
    const content = new Uint8Array(1_000_000).map((_, n) => n % 251);
    await store.putBlob({ name: "a", description: "bytes" }, content);
    await until("the object is seen", () => seen.includes("a"));
    await store.update("a", { name: "b", description: "renamed" });
    await restart(server, nc);
    const again = await objm.open("files");
    assert.deepEqual(new Uint8Array(await again.getBlob("b")), content);
    assert.equal(await again.info("a"), null);
    const info = await again.info("b");
    assert.equal(info.description, "renamed");
    await again.link("link", info);
    assert.deepEqual(new Uint8Array(await again.getBlob("link")), content);
    const other = await objm.create("other");
    await other.linkStore("all", again);
    assert.equal((await other.info("all")).options.link.bucket, "files");
    await again.putBlob({ name: "b" }, new TextEncoder().encode("short"));
    assert.equal(new TextDecoder().decode(await again.getBlob("b")), "short");
    assert.ok((await again.seal()).sealed);
    await assert.rejects(again.putBlob({ name: "c" }, new Uint8Array(1)));
    await nc.close();
  });
}

export const CHECKS = [
  keyValue,
  objectStore,
  keysThatExpire,
  historyOverARestart,
  objectsOverARestart,
];
