// Streams with the JavaScript client.

import assert from "node:assert/strict";

import {
  AckPolicy,
  DiscardPolicy,
  RetentionPolicy,
  StorageType,
  jetstream,
  jetstreamManager,
} from "@nats-io/jetstream";
import { connect, nanos } from "@nats-io/transport-node";

import { JETSTREAM, connectLasting, restart, until, withServer } from "./server.mjs";

async function streamAndPullConsumer() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connectLasting(server);
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
    await restart(server, nc);
    const { state } = await jsm.streams.info("ORDERS");
    assert.deepEqual([state.messages, state.last_seq], [21, 21]);
    assert.equal((await jsm.streams.getMessage("ORDERS", { seq: 3 })).string(), "2");
    assert.equal((await jsm.streams.purge("ORDERS")).purged, 21);
    assert.ok(await jsm.streams.delete("ORDERS"));
    await assert.rejects(jsm.streams.info("ORDERS"), /stream not found/);
    await nc.close();
  });
}

/** The request is refused with this code. */
async function refused(request, code) {
  await assert.rejects(request, (error) => {
    assert.equal(error.code, code, error);
    return true;
  });
}

async function management() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connectLasting(server);
    const js = jetstream(nc);
    const jsm = await jetstreamManager(nc);
    const config = { name: "LOG", subjects: ["log.*"], max_msgs_per_subject: 2, description: "first" };
    assert.equal((await jsm.streams.add(config)).config.description, "first");
    // The same again is as well, something else is not.
    await jsm.streams.add(config);
    await refused(jsm.streams.add({ ...config, max_msgs: 7 }), 10058);
    const changed = await jsm.streams.update("LOG", { subjects: ["log.*", "more"], description: "second" });
    assert.deepEqual(changed.config.subjects, ["log.*", "more"]);
    for (let n = 0; n < 9; n++) await js.publish(`log.${n % 3}`, `${n}`);
    const { state } = await jsm.streams.info("LOG", { subjects_filter: ">" });
    assert.deepEqual([state.messages, state.first_seq, state.last_seq], [6, 4, 9]);
    assert.deepEqual(state.subjects, { "log.0": 2, "log.1": 2, "log.2": 2 });
    assert.equal((await jsm.streams.purge("LOG", { filter: "log.0", keep: 1 })).purged, 1);
    assert.equal((await jsm.streams.purge("LOG", { seq: 6 })).purged, 1);
    assert.ok(await jsm.streams.deleteMessage("LOG", 8));
    assert.equal(await jsm.streams.getMessage("LOG", { seq: 8 }), null);
    assert.equal((await jsm.streams.getMessage("LOG", { last_by_subj: "log.2" })).seq, 9);
    await jsm.streams.add({ name: "OTHER", subjects: ["other"] });
    assert.equal(await jsm.streams.find("other"), "OTHER");
    const names = [];
    for await (const name of jsm.streams.names()) names.push(name);
    assert.deepEqual(names.sort(), ["LOG", "OTHER"]);
    assert.equal((await jsm.getAccountInfo()).streams, 2);
    await restart(server, nc);
    const info = await jsm.streams.info("LOG", { deleted_details: true });
    assert.deepEqual([info.config.description, info.state.messages], ["second", 3]);
    assert.deepEqual(info.state.deleted, [8]);
    await nc.close();
  });
}

async function limits() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connect({ servers: server.url });
    const js = jetstream(nc);
    const jsm = await jetstreamManager(nc);
    for (const storage of [StorageType.File, StorageType.Memory]) {
      const name = `L${storage}`;
      const config = { name, subjects: [name], storage, max_msgs: 3, max_msg_size: 100 };
      await jsm.streams.add({ ...config, discard: DiscardPolicy.New });
      for (let n = 0; n < 3; n++) await js.publish(name, "x");
      await refused(js.publish(name, "x"), 10077);
      await jsm.streams.update(name, { discard: DiscardPolicy.Old });
      assert.equal((await js.publish(name, "x")).seq, 4);
      assert.equal((await jsm.streams.info(name)).state.first_seq, 2);
      await refused(js.publish(name, "x".repeat(101)), 10054);
      await refused(js.publish(name, "", { expect: { lastSequence: 3 } }), 10071);
      await js.publish(name, "", { expect: { lastSequence: 4, streamName: name } });
      await refused(js.publish(name, "", { expect: { streamName: "OTHER" } }), 10060);
      const aged = { name: `${name}A`, subjects: [`${name}a`], storage, max_age: nanos(300) };
      await jsm.streams.add(aged);
      await js.publish(`${name}a`, "soon gone");
      const isEmpty = async () => (await jsm.streams.info(aged.name)).state.messages === 0;
      await until("old messages go", isEmpty);
    }
    await nc.close();
  });
}

async function origins() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connect({ servers: server.url });
    const js = jetstream(nc);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: "A", subjects: ["a.*"] });
    await jsm.streams.add({ name: "B", subjects: ["b"] });
    await jsm.streams.add({ name: "M", mirror: { name: "A" } });
    const subject_transforms = [{ src: "a.*", dest: "from.a.{{wildcard(1)}}" }];
    await jsm.streams.add({ name: "S", sources: [{ name: "A", subject_transforms }, { name: "B" }] });
    for (let n = 0; n < 30; n++) {
      await js.publish(`a.${n}`);
      await js.publish("b");
    }
    await until("mirror and sources follow", async () => {
      const counts = [];
      for (const name of ["M", "S"]) counts.push((await jsm.streams.info(name)).state.messages);
      return counts[0] === 30 && counts[1] === 60;
    });
    assert.equal((await jsm.streams.getMessage("M", { seq: 7 })).subject, "a.6");
    const last = await jsm.streams.getMessage("S", { last_by_subj: "from.a.29" });
    assert.equal(last.header.get("Nats-Stream-Source").split(" ")[0], "A");
    await nc.close();
  });
}

async function workQueueAndInterest() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connectLasting(server);
    const js = jetstream(nc);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: "W", subjects: ["w"], retention: RetentionPolicy.Workqueue });
    await jsm.streams.add({ name: "I", subjects: ["i"], retention: RetentionPolicy.Interest });
    const held = async (name) => (await jsm.streams.info(name)).state.messages;
    // Nobody is interested.
    await js.publish("i");
    assert.equal(await held("I"), 0);
    const durable = (name) => ({ durable_name: name, ack_policy: AckPolicy.Explicit });
    const consumers = [["W", "one", [0, 10]], ["I", "first", [0, 10]], ["I", "second", [0, 0]]];
    for (const [stream, name] of consumers) await jsm.consumers.add(stream, durable(name));
    await refused(jsm.consumers.add("W", durable("two")), 10099);
    for (let n = 0; n < 10; n++) {
      await js.publish("w", `${n}`);
      await js.publish("i", `${n}`);
    }
    for (const [stream, name, left] of consumers) {
      const consumer = await js.consumers.get(stream, name);
      for await (const message of await consumer.fetch({ max_messages: 10, expires: 5000 })) {
        assert.ok(await message.ackAck());
      }
      assert.deepEqual([await held("W"), await held("I")], left);
    }
    await restart(server, nc);
    assert.equal((await js.publish("w")).seq, 11);
    await nc.close();
  });
}

async function directAndBatches() {
  await withServer(JETSTREAM, async (server) => {
    const nc = await connect({ servers: server.url });
    const js = jetstream(nc);
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: "D", subjects: ["d.*"], allow_direct: true });
    for (let n = 0; n < 20; n++) await js.publish(`d.${n % 4}`, `${n}`);
    assert.equal((await jsm.direct.getMessage("D", { seq: 5 })).string(), "4");
    assert.equal((await jsm.direct.getMessage("D", { last_by_subj: "d.2" })).seq, 19);
    assert.equal((await jsm.direct.getMessage("D", { seq: 4, next_by_subj: "d.0" })).seq, 5);
    assert.equal(await jsm.direct.getMessage("D", { seq: 50 }), null);
    const seqs = async (messages) => {
      const found = [];
      for await (const message of messages) found.push(message.seq);
      return found;
    };
    const batch = await jsm.direct.getBatch("D", { seq: 8, batch: 4 });
    assert.deepEqual(await seqs(batch), [8, 9, 10, 11]);
    const last = await jsm.direct.getLastMessagesFor("D", { multi_last: ["d.1", "d.3"] });
    assert.deepEqual(await seqs(last), [18, 20]);
    await nc.close();
  });
}

export const CHECKS = [
  streamAndPullConsumer,
  management,
  limits,
  origins,
  workQueueAndInterest,
  directAndBatches,
];
