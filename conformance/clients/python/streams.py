"""JetStream with nats.py."""

import asyncio
import hashlib

import nats
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError, NotFoundError, ObjectNotFoundError

from server import Server, ignore

CONFIG = 'jetstream { store_dir: "STORE" }'


async def stream_and_pull_consumer():
    with Server(CONFIG) as server:
        nc = await nats.connect(server.url, reconnect_time_wait=0.05, error_cb=ignore)
        js = nc.jetstream()
        await js.add_stream(StreamConfig(name="ORDERS", subjects=["orders.>"]))
        for number in range(20):
            ack = await js.publish(f"orders.{number % 2}", str(number).encode())
            assert (ack.stream, ack.seq) == ("ORDERS", number + 1), ack
        first = await js.publish("orders.0", b"x", headers={"Nats-Msg-Id": "once"})
        again = await js.publish("orders.0", b"x", headers={"Nats-Msg-Id": "once"})
        assert not first.duplicate and again.duplicate and first.seq == again.seq
        config = ConsumerConfig(
            durable_name="even", filter_subject="orders.0", ack_policy=AckPolicy.EXPLICIT
        )
        await js.add_consumer("ORDERS", config)
        pull = await js.pull_subscribe_bind("even", "ORDERS")
        seen = []
        while len(seen) < 11:
            for message in await pull.fetch(4, timeout=5):
                assert message.metadata.num_delivered == 1
                seen.append(message.data)
                await message.ack_sync(5)
        assert seen == [str(number).encode() for number in range(0, 20, 2)] + [b"x"], seen
        try:
            await pull.fetch(1, timeout=0.3)
            raise AssertionError("there is nothing left")
        except nats.errors.TimeoutError:
            pass
        info = await pull.consumer_info()
        assert (info.num_pending, info.num_ack_pending) == (0, 0), info
        assert info.ack_floor.stream_seq == 21, info
        await restart(server, nc)
        state = (await js.stream_info("ORDERS")).state
        assert (state.messages, state.last_seq) == (21, 21), state
        assert (await js.get_msg("ORDERS", 3)).data == b"2"
        await js.purge_stream("ORDERS")
        assert (await js.stream_info("ORDERS")).state.messages == 0
        assert await js.delete_stream("ORDERS")
        try:
            await js.stream_info("ORDERS")
            raise AssertionError("the stream is deleted")
        except NotFoundError:
            pass
        await nc.close()


async def restart(server, nc):
    """The server comes back with what it had, and the client with it."""
    async with asyncio.timeout(20):
        server.stop()
        while nc.is_connected:
            await asyncio.sleep(0.02)
        server.start()
        while not nc.is_connected:
            await asyncio.sleep(0.02)


async def redelivery():
    with Server(CONFIG) as server:
        nc = await nats.connect(server.url)
        js = nc.jetstream()
        await js.add_stream(name="WORK", subjects=["work"])
        await js.publish("work", b"job")
        pull = await js.pull_subscribe("work", "worker")
        (message,) = await pull.fetch(1, timeout=5)
        await message.nak()
        (message,) = await pull.fetch(1, timeout=5)
        assert message.metadata.num_delivered == 2
        await message.term()
        await nc.flush()
        info = await pull.consumer_info()
        assert (info.num_pending, info.num_ack_pending) == (0, 0), info
        await nc.close()


async def key_value():
    with Server(CONFIG) as server:
        nc = await nats.connect(server.url)
        js = nc.jetstream()
        kv = await js.create_key_value(bucket="settings", history=5)
        watcher = await kv.watchall()
        assert await watcher.updates(timeout=5) is None
        first = await kv.put("color", b"blue")
        assert await kv.update("color", b"green", first) == first + 1
        try:
            await kv.update("color", b"red", first)
            raise AssertionError("that was not the last revision")
        except KeyWrongLastSequenceError:
            pass
        await kv.create("size", b"small")
        assert (await kv.get("color")).value == b"green"
        assert sorted(await kv.keys()) == ["color", "size"]
        assert [entry.value for entry in await kv.history("color")] == [b"blue", b"green"]
        await kv.delete("color")
        try:
            await kv.get("color")
            raise AssertionError("the key is deleted")
        except KeyNotFoundError:
            pass
        seen = [await watcher.updates(timeout=5) for _ in range(4)]
        assert [(e.key, e.value) for e in seen[:3]] == [
            ("color", b"blue"),
            ("color", b"green"),
            ("size", b"small"),
        ]
        assert seen[3].operation == "DEL", seen[3]
        await watcher.stop()
        assert await js.delete_key_value("settings")
        await nc.close()


async def object_store():
    with Server(CONFIG) as server:
        nc = await nats.connect(server.url)
        js = nc.jetstream()
        store = await js.create_object_store("files")
        content = b"".join(hashlib.sha256(bytes([n % 256])).digest() for n in range(20_000))
        info = await store.put("big", content)
        assert (info.size, info.chunks) == (len(content), 5), info
        await store.put("small", b"text")
        assert (await store.get("big")).data == content
        assert sorted(o.name for o in await store.list()) == ["big", "small"]
        await store.delete("big")
        try:
            await store.get("big")
            raise AssertionError("the object is deleted")
        except ObjectNotFoundError:
            pass
        assert (await store.get("small")).data == b"text"
        assert await js.delete_object_store("files")
        await nc.close()


CHECKS = [stream_and_pull_consumer, redelivery, key_value, object_store]
