"""Key-value and object stores with nats.py."""

import asyncio
import hashlib

import nats
from nats.js.api import ObjectMeta
from nats.js.errors import KeyNotFoundError, KeyWrongLastSequenceError, ObjectNotFoundError

from server import JETSTREAM, Server, ignore, restart, until


async def key_value():
    with Server(JETSTREAM) as server:
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
    with Server(JETSTREAM) as server:
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


async def is_missing(kv, key):
    try:
        await kv.get(key)
        return False
    except KeyNotFoundError:
        return True


async def keys_that_expire():
    with Server(JETSTREAM) as server:
        nc = await nats.connect(server.url)
        js = nc.jetstream()
        brief = await js.create_key_value(bucket="brief", ttl=0.5)
        await brief.put("a", b"1")
        await until("all keys expire", lambda: is_missing(brief, "a"))
        marked = await js.create_key_value(bucket="marked", limit_marker_ttl=2)
        assert (await marked.status()).marker_ttl == 2
        watcher = await marked.watch("*")
        assert await watcher.updates(timeout=5) is None
        await marked.create("soon", b"gone", msg_ttl=1)
        await marked.put("stays", b"here")
        seen = [await watcher.updates(timeout=5) for _ in range(2)]
        assert [entry.key for entry in seen] == ["soon", "stays"]
        await until("one key expires", lambda: is_missing(marked, "soon"))
        # A marker tells those who watch.
        marker = await watcher.updates(timeout=5)
        assert (marker.key, marker.value) == ("soon", b""), marker
        assert (await marked.get("stays")).value == b"here"
        await marked.purge("stays", msg_ttl=1)
        assert await is_missing(marked, "stays")

        async def is_empty():
            return (await marked.status()).values == 0

        await until("the markers expire too", is_empty)
        await nc.close()


async def history_over_a_restart():
    with Server(JETSTREAM) as server:
        nc = await nats.connect(server.url, reconnect_time_wait=0.05, error_cb=ignore)
        js = nc.jetstream()
        kv = await js.create_key_value(bucket="b", history=3)
        for number in range(5):
            await kv.put("k", str(number).encode())
        await kv.put("gone", b"x")
        await kv.purge("gone")
        await kv.delete("other")
        await restart(server, nc)
        kv = await js.key_value("b")
        assert [entry.value for entry in await kv.history("k")] == [b"2", b"3", b"4"]
        (purged,) = await kv.history("gone")
        assert purged.operation == "PURGE", purged
        assert await kv.keys() == ["k"]
        watcher = await kv.watch("k", include_history=True)
        seen = [(await watcher.updates(timeout=5)).value for _ in range(3)]
        assert seen == [b"2", b"3", b"4"] and await watcher.updates(timeout=5) is None
        await kv.put("k", b"5")
        assert (await watcher.updates(timeout=5)).value == b"5"
        assert (await kv.get("k", revision=4)).value == b"3"
        assert await kv.purge_deletes(olderthan=-1)
        assert (await kv.status()).values == 3
        await nc.close()


async def objects_over_a_restart():
    with Server(JETSTREAM) as server:
        nc = await nats.connect(server.url, reconnect_time_wait=0.05, error_cb=ignore)
        js = nc.jetstream()
        store = await js.create_object_store("files", description="of mine")
        watcher = await store.watch()
        assert await watcher.updates(timeout=5) is None
        content = bytes(range(256)) * 4000
        await store.put("a", content, meta=ObjectMeta(description="bytes"))
        assert (await watcher.updates(timeout=5)).name == "a"
        # With another name the library only ever refuses.
        await store.update_meta("a", ObjectMeta(name="a", description="described"))
        await restart(server, nc)
        store = await js.object_store("files")
        got = await store.get("a")
        assert got.data == content and got.info.description == "described", got.info
        await store.put("a", b"short")
        assert (await store.get("a")).data == b"short"
        await store.seal()
        assert (await store.status()).sealed
        try:
            await store.put("c", b"")
            raise AssertionError("the store is sealed")
        except nats.errors.Error:
            pass
        await nc.close()


CHECKS = [
    key_value,
    object_store,
    keys_that_expire,
    history_over_a_restart,
    objects_over_a_restart,
]
