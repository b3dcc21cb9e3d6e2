// A server under test: a process of its own, with a configuration of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { connect } from "@nats-io/transport-node";

/** A configuration with streams. */
export const JETSTREAM = 'jetstream { store_dir: "STORE" }';
export const WORK = process.env.CLIENTS_WORK;

async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}

/** Runs `check` with a server that has this configuration. */
export async function withServer(config, check) {
  const folder = await mkdtemp(join(WORK, "node-"));
  const server = new Server(folder, await freePort());
  await writeFile(server.config, config.replace("STORE", join(folder, "store")));
  try {
    await server.start();
    await check(server);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true });
  }
}

/** Can be started again on its port. */
class Server {
  constructor(folder, port) {
    this.url = `127.0.0.1:${port}`;
    this.port = port;
    this.config = join(folder, "server.conf");
    this.log = join(folder, "server.log");
    this.process = undefined;
  }

  async start() {
    const options = ["-a", "127.0.0.1", "-p", `${this.port}`, "-c", this.config];
    this.process = spawn(process.env.NATS_SERVER, [...options, "-l", this.log], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    this.ended = once(this.process, "exit");
    await until("the server is ready", async () => {
      if (this.process.exitCode !== null) throw new Error(`no server:\n${await this.text()}`);
      return (await this.text()).includes("Server is ready");
    });
  }

  async text() {
    try {
      return await readFile(this.log, "utf8");
    } catch (error) {
      if (error.code === "ENOENT") return "";
      throw error;
    }
  }

  async stop() {
    if (!this.process) return;
    this.process.kill("SIGTERM");
    const [code] = await this.ended;
    this.process = undefined;
    if (code !== 0 && code !== 1) throw new Error(`it ended with ${code}:\n${await this.text()}`);
    await rm(this.log, { force: true });
  }
}

/** Waits until `condition` holds. */
export async function until(what, condition) {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await pause(20);
  }
}

/** A client that comes back after a restart. */
export async function connectLasting(server) {
  return await connect({ servers: server.url, reconnectTimeWait: 50, maxReconnectAttempts: -1 });
}

/** The server comes back with what it had, and the client with it. */
export async function restart(server, nc) {
  let isBack = false;
  (async () => {
    for await (const status of nc.status()) isBack ||= status.type === "reconnect";
  })();
  await server.stop();
  await server.start();
  await until("the client is back", () => isBack);
}
