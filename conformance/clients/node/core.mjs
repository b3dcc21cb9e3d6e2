// Core NATS with the JavaScript client.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { connect, errors, headers as newHeaders, nkeyAuthenticator } from "@nats-io/transport-node";

import { WORK, until, withServer } from "./server.mjs";

const SEED = new TextEncoder().encode(process.env.CLIENTS_SEED);
const OTHER_SEED = new TextEncoder().encode(process.env.CLIENTS_OTHER_SEED);
const USERS = await readFile(join(WORK, "users.conf"), "utf8");
const PLAIN = "server_name: plain";
const TLS = await readFile(join(WORK, "tls.conf"), "utf8");

/** A subscription may be iterated over once. */
const iterators = new WeakMap();

/** The next message, as long as there is one. */
async function next(subscription) {
  if (!iterators.has(subscription)) {
    iterators.set(subscription, subscription[Symbol.asyncIterator]());
  }
  const { value, done } = await iterators.get(subscription).next();
  assert.ok(!done, "the subscription goes on");
  return value;
}

async function publishAndSubscribe() {
  await withServer(PLAIN, async (server) => {
    const nc = await connect({ servers: server.url });
    const exact = nc.subscribe("news.sport");
    const anyNews = nc.subscribe("news.*");
    const everything = nc.subscribe("news.>");
    const limited = nc.subscribe("news.*", { max: 1 });
    const large = new Uint8Array(76_800).map((_, n) => n);
    nc.publish("news.sport", "one");
    nc.publish("news.world", large);
    nc.publish("news.world.far", "three");
    await nc.flush();
    assert.equal((await next(exact)).string(), "one");
    assert.equal((await next(anyNews)).string(), "one");
    const message = await next(anyNews);
    assert.equal(message.subject, "news.world");
    assert.deepEqual(new Uint8Array(message.data), large);
    const subjects = [];
    for (let n = 0; n < 3; n++) subjects.push((await next(everything)).subject);
    assert.deepEqual(subjects, ["news.sport", "news.world", "news.world.far"]);
    const one = [];
    for await (const message of limited) one.push(message.string());
    assert.deepEqual(one, ["one"]);
    await nc.close();
  });
}

async function requestAndReply() {
  await withServer(PLAIN, async (server) => {
    const service = await connect({ servers: server.url });
    const client = await connect({ servers: server.url });
    service.subscribe("echo", { callback: (_, m) => m.respond(`you said ${m.string()}`) });
    await service.flush();
    for (let n = 0; n < 50; n++) {
      const reply = await client.request("echo", `${n}`, { timeout: 5000 });
      assert.equal(reply.string(), `you said ${n}`);
    }
    const nobody = client.request("nobody", "", { timeout: 5000 });
    await assert.rejects(nobody, (error) => error.isNoResponders());
    await service.close();
    await client.close();
  });
}

async function queueGroups() {
  await withServer(PLAIN, async (server) => {
    const counts = [0, 0, 0];
    const members = [];
    for (const member of counts.keys()) {
      const nc = await connect({ servers: server.url });
      nc.subscribe("work", { queue: "workers", callback: () => counts[member]++ });
      await nc.flush();
      members.push(nc);
    }
    const sender = await connect({ servers: server.url });
    for (let n = 0; n < 600; n++) sender.publish("work");
    await sender.flush();
    const sum = () => counts.reduce((a, b) => a + b);
    await until("all have come", () => sum() >= 600);
    for (const nc of members) await nc.flush();
    assert.equal(sum(), 600);
    assert.ok(Math.min(...counts) > 100, `${counts}`);
    for (const nc of [...members, sender]) await nc.close();
  });
}

async function headers() {
  await withServer(PLAIN, async (server) => {
    const nc = await connect({ servers: server.url });
    const subscription = nc.subscribe("with.headers");
    const sent = newHeaders();
    sent.append("Color", "blue");
    sent.append("Color", "green");
    nc.publish("with.headers", "body", { headers: sent });
    const message = await next(subscription);
    assert.equal(message.string(), "body");
    assert.deepEqual(message.headers.values("Color"), ["blue", "green"]);
    nc.subscribe("ask", {
      callback: (_, m) => {
        const seen = newHeaders();
        seen.set("Seen", m.headers.get("Ask"));
        m.respond("", { headers: seen });
      },
    });
    const ask = newHeaders();
    ask.set("Ask", "me");
    const reply = await nc.request("ask", "", { headers: ask, timeout: 5000 });
    assert.equal(reply.headers.get("Seen"), "me");
    await nc.close();
  });
}

async function drain() {
  await withServer(PLAIN, async (server) => {
    const nc = await connect({ servers: server.url });
    const seen = [];
    const subscription = nc.subscribe("jobs");
    const working = (async () => {
      for await (const message of subscription) {
        await pause(5);
        seen.push(message.string());
      }
    })();
    const sent = [...Array(100).keys()].map(String);
    for (const job of sent) nc.publish("jobs", job);
    await nc.drain();
    await working;
    assert.deepEqual(seen, sent);
    assert.ok(nc.isClosed());
  });
}

async function reconnect() {
  await withServer(PLAIN, async (server) => {
    const nc = await connect({
      servers: server.url,
      reconnectTimeWait: 50,
      maxReconnectAttempts: -1,
    });
    const seen = [];
    (async () => {
      for await (const status of nc.status()) seen.push(status.type);
    })();
    const subscription = nc.subscribe("after");
    await nc.flush();
    await server.stop();
    await until("the client has noticed", () => seen.includes("disconnect"));
    await server.start();
    await until("the client is back", () => seen.includes("reconnect"));
    nc.publish("after", "the restart");
    assert.equal((await next(subscription)).string(), "the restart");
    await nc.close();
  });
}

/** The server or the client says no. */
async function refused(server, options) {
  const connecting = connect({ servers: server.url, reconnect: false, timeout: 5000, ...options });
  await assert.rejects(async () => {
    const nc = await connecting;
    // A certificate that is missed is found missing after the client's part.
    await nc.flush();
  });
}

async function usersAndPermissions() {
  await withServer(USERS, async (server) => {
    const nc = await connect({ servers: server.url, user: "ann", pass: "secret" });
    const problems = [];
    (async () => {
      for await (const status of nc.status()) if (status.type === "error") problems.push(status.error);
    })();
    const subscription = nc.subscribe("public.a");
    nc.publish("private.a");
    await until("the violation is told", () => problems.length > 0);
    assert.ok(problems[0] instanceof errors.PermissionViolationError, problems[0]);
    assert.equal(problems[0].operation, "publish");
    assert.equal(problems[0].subject, "private.a");
    nc.publish("public.a", "allowed");
    assert.equal((await next(subscription)).string(), "allowed");
    await nc.close();
    const hashed = await connect({ servers: server.url, user: "bob", pass: "hashed" });
    await hashed.close();
    const refusal = connect({ servers: server.url, user: "ann", pass: "wrong", reconnect: false });
    await assert.rejects(refusal, errors.AuthorizationError);
    await refused(server, { user: "bob", pass: "$2a$04$" });
    await refused(server, {});
  });
}

async function nkeys() {
  await withServer(USERS, async (server) => {
    const authenticator = nkeyAuthenticator(SEED);
    const nc = await connect({ servers: server.url, authenticator });
    const subscription = nc.subscribe("x");
    nc.publish("x", "signed");
    assert.equal((await next(subscription)).string(), "signed");
    await nc.close();
    await refused(server, { authenticator: nkeyAuthenticator(OTHER_SEED) });
  });
}

async function tls() {
  await withServer(TLS, async (server) => {
    const caFile = join(WORK, "ca.pem");
    const certFile = join(WORK, "client.pem");
    const keyFile = join(WORK, "client.key");
    const nc = await connect({ servers: server.url, tls: { caFile, certFile, keyFile } });
    const subscription = nc.subscribe("x");
    nc.publish("x", "s".repeat(100_000));
    assert.equal((await next(subscription)).string(), "s".repeat(100_000));
    await nc.close();
    await refused(server, { tls: { caFile } });
    await refused(server, { tls: { certFile, keyFile } });
  });
}

export const CHECKS = [
  publishAndSubscribe,
  requestAndReply,
  queueGroups,
  headers,
  drain,
  reconnect,
  usersAndPermissions,
  nkeys,
  tls,
];
