// Consumers with the JavaScript client.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { connect, nanos } from "@nats-io/transport-node";

import { JETSTREAM, connectLasting, restart, until, withServer } from "./server.mjs";

async function consumeAndRedeliver() {
  await withServer(JETSTREAM, async (server) => {
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

/** Runs `check` with a client and a stream with so many messages. */
async function withStream(count, check) {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connectLasting(server);
    const js = jetstream(nc);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: "S", subjects: ["s"] });
    for (let n = 0; n < count; n++) await js.publish("s", `${n}`);
    await check({ server, nc, js, jsm });
    await nc.close();
  });
}

async function kindsOfAcknowledgements() {
  await withStream(1, async ({ nc, js, jsm }) => {
    await jsm.consumers.add("S", {
      durable_name: "d",
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(1000),
      max_deliver: 4,
    });
    const consumer = await js.consumers.get("S", "d");
    const next = async () => await consumer.next({ expires: 5000 });
    let began = Date.now();
    (await next()).nak(500);
    let message = await next();
    assert.equal(message.info.deliveryCount, 2);
    assert.ok(Date.now() - began > 450);
    began = Date.now();
    // Still at it, which puts the second that it has off.
    for (let n = 0; n < 4; n++) {
      await pause(400);
      message.working();
      await nc.flush();
    }
    assert.equal((await consumer.info()).num_redelivered, 1);
    message = await next();
    assert.equal(message.info.deliveryCount, 3);
    assert.ok(Date.now() - began > 2500);
    message.nak();
    message = await next();
    assert.equal(message.info.deliveryCount, 4);
    message.term("no use");
    assert.equal(await consumer.next({ expires: 1500 }), null);
    const info = await consumer.info();
    assert.deepEqual([info.num_pending, info.num_ack_pending], [0, 0]);
  });
}

async function pushConsumers() {
  await withStream(20, async ({ nc, js, jsm }) => {
    await jsm.consumers.add("S", {
      durable_name: "push",
      deliver_subject: "deliver",
      ack_policy: AckPolicy.Explicit,
      idle_heartbeat: nanos(1000),
      flow_control: true,
    });
    const push = await js.consumers.getPushConsumer("S", "push");
    const seen = [];
    const messages = await push.consume();
    for await (const message of messages) {
      seen.push(message.string());
      assert.ok(await message.ackAck());
      if (seen.length === 20) break;
    }
    await messages.close();
    assert.deepEqual(seen, [...Array(20).keys()].map(String));
    assert.equal((await push.info()).ack_floor.stream_seq, 20);

    await jsm.consumers.add("S", {
      durable_name: "group",
      deliver_subject: "group",
      deliver_group: "q",
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.New,
      headers_only: true,
    });
    const counts = [0, 0];
    for (const member of counts.keys()) {
      nc.subscribe("group", { queue: "q", callback: () => counts[member]++ });
    }
    await nc.flush();
    for (let n = 0; n < 60; n++) await js.publish("s", "x");
    await until("the group gets all", () => counts[0] + counts[1] === 60);
    assert.ok(Math.min(...counts) > 5, `${counts}`);
  });
}

async function orderedOverARestart() {
  await withStream(500, async ({ server, nc, js }) => {
    const ordered = await js.consumers.get("S", { name_prefix: "ordered" });
    const seen = [];
    const messages = await ordered.consume({ idle_heartbeat: 500, expires: 2000 });
    const reading = (async () => {
      for await (const message of messages) {
        seen.push(Number(message.string()));
        if (seen.length === 700) break;
      }
    })();
    await until("the first have come", () => seen.length === 500);
    await restart(server, nc);
    for (let n = 500; n < 700; n++) await js.publish("s", `${n}`);
    await reading;
    assert.deepEqual(seen, [...Array(700).keys()]);
    await messages.close();
  });
}

async function pullOverARestart() {
  await withStream(100, async ({ server, nc, js, jsm }) => {
    await jsm.consumers.add("S", {
      durable_name: "d",
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(1000),
    });
    const consumer = await js.consumers.get("S", "d");
    const acknowledged = new Set();
    for await (const message of await consumer.fetch({ max_messages: 50, expires: 5000 })) {
      if (message.seq % 2) {
        assert.ok(await message.ackAck());
        acknowledged.add(message.seq);
      }
    }
    await restart(server, nc);
    const seen = [];
    while (seen.length < 75) {
      for await (const message of await consumer.fetch({ max_messages: 25, expires: 3000 })) {
        seen.push(message.seq);
        assert.ok(await message.ackAck());
      }
    }
    const expected = [...Array(100).keys()].map((n) => n + 1).filter((n) => !acknowledged.has(n));
    assert.deepEqual(seen.sort((a, b) => a - b), expected);
    const info = await consumer.info();
    assert.deepEqual([info.num_pending, info.num_ack_pending], [0, 0]);
  });
}

async function consumerManagement() {
  await withStream(10, async ({ js, jsm }) => {
    await jsm.consumers.add("S", { durable_name: "a", ack_policy: AckPolicy.Explicit });
    await jsm.consumers.add("S", { name: "b", ack_policy: AckPolicy.All, inactive_threshold: nanos(500) });
    const names = async () => {
      const found = [];
      for await (const info of jsm.consumers.list("S")) found.push(info.name);
      return found;
    };
    assert.deepEqual(await names(), ["a", "b"]);
    await until("a consumer that nobody uses goes", async () => (await names()).length === 1);
    const changed = await jsm.consumers.update("S", "a", { description: "new" });
    assert.equal(changed.config.description, "new");
    const paused = await jsm.consumers.pause("S", "a", new Date("2100-01-01T00:00:00Z"));
    assert.ok(paused.paused);
    const consumer = await js.consumers.get("S", "a");
    assert.equal(await consumer.next({ expires: 1000 }), null);
    assert.ok(!(await jsm.consumers.resume("S", "a")).paused);
    assert.equal((await consumer.next({ expires: 5000 })).seq, 1);
    assert.equal((await jsm.consumers.reset("S", "a", 5)).reset_seq, 5);
    assert.equal((await consumer.next({ expires: 5000 })).seq, 5);
    for (const [config, expected] of [
      [{ deliver_policy: DeliverPolicy.Last }, 10],
      [{ deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 3 }, 3],
      [{ deliver_policy: DeliverPolicy.LastPerSubject, filter_subject: "s" }, 10],
    ]) {
      const { name } = await jsm.consumers.add("S", { ack_policy: AckPolicy.Explicit, ...config });
      const ephemeral = await js.consumers.get("S", name);
      assert.equal((await ephemeral.next({ expires: 5000 })).seq, expected);
    }
    assert.ok(await jsm.consumers.delete("S", "a"));
    await assert.rejects(jsm.consumers.info("S", "a"), (error) => error.code === 10014);
  });
}

async function priorityGroups() {
  await withStream(10, async ({ js, jsm }) => {
    await jsm.consumers.add("S", {
      durable_name: "overflow",
      ack_policy: AckPolicy.Explicit,
      priority_policy: "overflow",
      priority_groups: ["g"],
    });
    const overflow = await js.consumers.get("S", "overflow");
    const take = async (consumer, options) => {
      const seqs = [];
      for await (const message of await consumer.fetch({ max_messages: 3, expires: 1000, ...options })) {
        seqs.push(message.seq);
      }
      return seqs;
    };
    // There is not so much to do that it would be passed on.
    assert.deepEqual(await take(overflow, { group: "g", min_pending: 50 }), []);
    assert.deepEqual(await take(overflow, { group: "g", min_pending: 5 }), [1, 2, 3]);
    await jsm.consumers.add("S", {
      durable_name: "pinned",
      ack_policy: AckPolicy.Explicit,
      priority_policy: "pinned_client",
      priority_groups: ["g"],
      priority_timeout: nanos(60_000),
    });
    const first = await js.consumers.get("S", "pinned");
    const second = await js.consumers.get("S", "pinned");
    assert.deepEqual(await take(first, { group: "g" }), [1, 2, 3]);
    assert.deepEqual(await take(second, { group: "g" }), []);
    assert.ok(await jsm.consumers.unpin("S", "pinned", "g"));
    assert.deepEqual(await take(second, { group: "g" }), [4, 5, 6]);
  });
}

export const CHECKS = [
  consumeAndRedeliver,
  kindsOfAcknowledgements,
  pushConsumers,
  orderedOverARestart,
  pullOverARestart,
  consumerManagement,
  priorityGroups,
];
