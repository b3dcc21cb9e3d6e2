// JetStream with the JavaScript client.

import assert from "node:assert/strict";

import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { Objm } from "@nats-io/obj";
import { connect } from "@nats-io/transport-node";

import { until, withServer } from "./server.mjs";

const CONFIG = 'jetstream { store_dir: "STORE" }';

async function streamAndPullConsumer() {
  await withServer(CONFIG, async (server) => {
    const nc = await connect({ servers: server.url, reconnectTimeWait: 50 });
    const js = jetstream(nc);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"] });
    for (let n = 0; n < 20; n++) {
      const ack = await js.publish(`orders.${n % 2}`, `${n}`);
      assert.deepEqual([ack.stream, ack.seq], ["ORDERS", n + 1]);
    }
    const first = await js.publish("orders.0", "x", { msgID: "once" });
    const again = await js.publish("orders.0", "x", { msgID: "once" });
    assert.deepEqual([first.duplicate, again.duplicate], [false, true]);
    assert.equal(first.seq, again.seq);
    await jsm.consumers.add("ORDERS", {
      durable_name: "even",
      filter_subject: "orders.0",
      ack_policy: AckPolicy.Explicit,
    });
    const consumer = await js.consumers.get("ORDERS", "even");
    const seen = [];
    while (seen.length < 11) {
      for await (const message of await consumer.fetch({ max_messages: 4, expires: 1000 })) {
        assert.equal(message.info.deliveryCount, 1);
        seen.push(message.string());
        assert.ok(await message.ackAck());
      }
    }
    const even = [...Array(10).keys()].map((n) => `${2 * n}`);
    assert.deepEqual(seen, [...even, "x"]);
    assert.equal(await consumer.next({ expires: 1000 }), null);
    const info = await consumer.info();
    assert.deepEqual([info.num_pending, info.num_ack_pending], [0, 0]);
    assert.equal(info.ack_floor.stream_seq, 21);

    // The server comes back with what it had, and the client with it.
    const statuses = [];
    (async () => {
      for await (const status of nc.status()) statuses.push(status.type);
    })();
    await server.stop();
    await server.start();
    await until("the client is back", () => statuses.includes("reconnect"));
    const { state } = await jsm.streams.info("ORDERS");
    assert.deepEqual([state.messages, state.last_seq], [21, 21]);
    assert.equal((await jsm.streams.getMessage("ORDERS", { seq: 3 })).string(), "2");
    assert.equal((await jsm.streams.purge("ORDERS")).purged, 21);
    assert.ok(await jsm.streams.delete("ORDERS"));
    await assert.rejects(jsm.streams.info("ORDERS"), /stream not found/);
    await nc.close();
  });
}

async function consumeAndRedeliver() {
  await withServer(CONFIG, async (server) => {
    const nc = await connect({ servers: server.url });
    const js = jetstream(nc);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: "WORK", subjects: ["work"] });
    await jsm.consumers.add("WORK", { durable_name: "worker", ack_policy: AckPolicy.Explicit });
    const consumer = await js.consumers.get("WORK", "worker");
    const messages = await consumer.consume();
    for (let n = 0; n < 500; n++) await js.publish("work", `${n}`);
    const counts = new Map();
    for await (const message of messages) {
      const job = message.string();
      counts.set(job, (counts.get(job) ?? 0) + 1);
      // The first of all is refused once.
      if (job === "0" && message.info.deliveryCount === 1) message.nak();
      else assert.ok(await message.ackAck());
      if (counts.size === 500 && counts.get("0") === 2) break;
    }
    await messages.close();
    assert.equal([...counts.values()].reduce((a, b) => a + b), 501);
    const info = await consumer.info();
    assert.deepEqual([info.num_pending, info.num_ack_pending], [0, 0]);
    // Without a consumer of its own, in order.
    const ordered = await js.consumers.get("WORK");
    const jobs = [];
    for await (const message of await ordered.fetch({ max_messages: 500, expires: 5000 })) {
      jobs.push(Number(message.string()));
    }
    assert.deepEqual(jobs, [...Array(500).keys()]);
    await nc.close();
  });
}

async function keyValue() {
  await withServer(CONFIG, async (server) => {
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
  await withServer(CONFIG, async (server) => {
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

export const CHECKS = [streamAndPullConsumer, consumeAndRedeliver, keyValue, objectStore];
