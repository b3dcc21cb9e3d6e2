"""Core NATS with nats.py."""

import asyncio
import os
import ssl
from pathlib import Path

import nats
from nats.errors import AuthorizationError, NoRespondersError, NoServersError

from server import WORK, Server, ignore

SEED = os.environ["CLIENTS_SEED"]
OTHER_SEED = os.environ["CLIENTS_OTHER_SEED"]
USERS = (WORK / "users.conf").read_text()
TLS = (WORK / "tls.conf").read_text()


async def publish_and_subscribe():
    with Server() as server:
        nc = await nats.connect(server.url)
        exact = await nc.subscribe("news.sport")
        any_news = await nc.subscribe("news.*")
        everything = await nc.subscribe("news.>")
        limited = await nc.subscribe("news.*")
        await limited.unsubscribe(limit=1)
        await nc.publish("news.sport", b"one")
        await nc.publish("news.world", bytes(range(256)) * 300)
        await nc.publish("news.world.far", b"three")
        await nc.flush()
        assert (await exact.next_msg(5)).data == b"one"
        assert (await any_news.next_msg(5)).data == b"one"
        large = await any_news.next_msg(5)
        assert large.subject == "news.world"
        assert large.data == bytes(range(256)) * 300
        assert [(await everything.next_msg(5)).subject for _ in range(3)] == [
            "news.sport",
            "news.world",
            "news.world.far",
        ]
        assert (await limited.next_msg(5)).data == b"one"
        assert exact.pending_msgs == 0 and limited.pending_msgs == 0
        await nc.close()


async def request_and_reply():
    with Server() as server:
        service = await nats.connect(server.url)
        client = await nats.connect(server.url)

        async def answer(message):
            await message.respond(b"you said " + message.data)

        await service.subscribe("echo", cb=answer)
        await service.flush()
        for number in range(50):
            reply = await client.request("echo", str(number).encode(), timeout=5)
            assert reply.data == f"you said {number}".encode()
        try:
            await client.request("nobody", b"", timeout=5)
            raise AssertionError("nobody answered")
        except NoRespondersError:
            pass
        await service.close()
        await client.close()


async def queue_groups():
    with Server() as server:
        counts = [0, 0, 0]
        connections = []
        for member in range(3):
            nc = await nats.connect(server.url)
            connections.append(nc)

            async def count(_, member=member):
                counts[member] += 1

            await nc.subscribe("work", "workers", cb=count)
            await nc.flush()
        sender = await nats.connect(server.url)
        for _ in range(600):
            await sender.publish("work", b"")
        await sender.flush()
        for nc in connections:
            await nc.flush()
        async with asyncio.timeout(10):
            while sum(counts) < 600:
                await asyncio.sleep(0.01)
        assert sum(counts) == 600 and min(counts) > 100, counts
        for nc in [*connections, sender]:
            await nc.close()


async def headers():
    with Server() as server:
        nc = await nats.connect(server.url)
        subscription = await nc.subscribe("with.headers")
        await nc.publish("with.headers", b"body", headers={"Color": "blue", "Empty": ""})
        message = await subscription.next_msg(5)
        assert message.data == b"body" and message.headers["Color"] == "blue", message

        async def answer(message):
            await nc.publish(message.reply, b"", headers={"Seen": message.headers["Ask"]})

        await nc.subscribe("ask", cb=answer)
        reply = await nc.request("ask", b"", timeout=5, headers={"Ask": "me"})
        assert reply.headers == {"Seen": "me"}, reply.headers
        await nc.close()


async def drain():
    with Server() as server:
        nc = await nats.connect(server.url)
        seen = []

        async def slow(message):
            await asyncio.sleep(0.005)
            seen.append(message.data)

        await nc.subscribe("jobs", cb=slow)
        for number in range(100):
            await nc.publish("jobs", str(number).encode())
        await nc.drain()
        assert seen == [str(number).encode() for number in range(100)], len(seen)
        assert nc.is_closed


async def reconnect():
    with Server() as server:
        lost, back = asyncio.Event(), asyncio.Event()

        async def disconnected():
            lost.set()

        async def reconnected():
            back.set()

        nc = await nats.connect(
            server.url,
            reconnect_time_wait=0.05,
            max_reconnect_attempts=-1,
            disconnected_cb=disconnected,
            reconnected_cb=reconnected,
            error_cb=ignore,
        )
        subscription = await nc.subscribe("after")
        await nc.flush()
        server.stop()
        await asyncio.wait_for(lost.wait(), 10)
        server.start()
        await asyncio.wait_for(back.wait(), 20)
        await nc.publish("after", b"the restart")
        assert (await subscription.next_msg(5)).data == b"the restart"
        await nc.close()


async def users_and_permissions():
    with Server(USERS) as server:
        problems = asyncio.Queue()

        async def note(error):
            await problems.put(str(error))

        nc = await nats.connect(server.url, user="ann", password="secret", error_cb=note)
        subscription = await nc.subscribe("public.a")
        await nc.publish("private.a", b"")
        problem = await asyncio.wait_for(problems.get(), 5)
        assert 'permissions violation for publish to "private.a"' in problem.lower(), problem
        await nc.publish("public.a", b"allowed")
        assert (await subscription.next_msg(5)).data == b"allowed"
        await nc.close()
        hashed = await nats.connect(server.url, user="bob", password="hashed")
        await hashed.close()
        await refused(server, user="ann", password="wrong")
        await refused(server, user="bob", password="$2a$04$")
        await refused(server)


async def nkeys():
    with Server(USERS) as server:
        nc = await nats.connect(server.url, nkeys_seed_str=SEED)
        subscription = await nc.subscribe("x")
        await nc.publish("x", b"signed")
        assert (await subscription.next_msg(5)).data == b"signed"
        await nc.close()
        await refused(server, nkeys_seed_str=OTHER_SEED)


async def tls():
    with Server(TLS) as server:
        trusting = ssl.create_default_context(cafile=str(WORK / "ca.pem"))
        trusting.load_cert_chain(str(WORK / "client.pem"), str(WORK / "client.key"))
        nc = await nats.connect(f"tls://{server.url}", tls=trusting)
        subscription = await nc.subscribe("x")
        await nc.publish("x", b"s" * 100_000)
        assert (await subscription.next_msg(5)).data == b"s" * 100_000
        await nc.close()
        without = ssl.create_default_context(cafile=str(WORK / "ca.pem"))
        await refused(server, tls=without)
        suspicious = ssl.create_default_context()
        await refused(server, tls=suspicious)


async def refused(server, **options):
    """The server or the client says no."""
    try:
        nc = await nats.connect(
            server.url, allow_reconnect=False, connect_timeout=5, error_cb=ignore, **options
        )
        # A certificate that is missed is found missing after the client's part.
        await nc.flush(5)
    except (AuthorizationError, NoServersError, ssl.SSLError, nats.errors.Error, OSError):
        return
    await nc.close()
    raise AssertionError(f"the server lets in {options}")


CHECKS = [
    publish_and_subscribe,
    request_and_reply,
    queue_groups,
    headers,
    drain,
    reconnect,
    users_and_permissions,
    nkeys,
    tls,
]
